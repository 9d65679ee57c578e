#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reporting/labels.h"
#include "results/store.h"

namespace nmsw::reporting {

/// A profile of the paper's setting: 480x480x480 voxels, 20 classes, patch 128, overlap 0.5, rate
/// 3, networks of full width. What a stored profile does not say counts as that.
///
/// threads          of the run; 0 where the database does not say
/// arithmetic       of a GPU run ("TF32 convolutions, not deterministic"); empty on CPUs
/// seconds, iqr_s   median over the repeats and the range between their quartiles
/// memory_gb        measured peak in 10^9 bytes, of the GPU where there was one
struct PaperTiming {
  std::string backbone;
  MethodKey key;
  std::string device, hardware;
  int64_t threads = 0;
  std::string arithmetic;
  double seconds = 0;
  std::optional<double> iqr_s;
  int64_t repeats = 0;
  std::optional<double> memory_gb;

  bool on_cpu() const { return device.rfind("cpu", 0) == 0; }
};

/// Whether two were measured alike, so that a ratio of their seconds says something: on the same
/// device and hardware, with as many threads and the same arithmetic.
bool is_same_machine(const PaperTiming& a, const PaperTiming& b);

/// "NVIDIA H100, TF32 convolutions, not deterministic, 16 threads": the hardware, and what of its
/// arithmetic and threads its name does not say already.
std::string machine_text(const PaperTiming& timing);

/// Whether it was measured on the device of the paper's Table 2: an H100, a Xeon Gold.
bool is_paper_device(const PaperTiming& timing);

/// Such profiles of the whole database, whatever their experiment, the latest first; one a
/// backbone, row and machine (is_same_machine).
std::vector<PaperTiming> paper_timings(const results::ResultStore& store);

/// Those of one kind of device and one machine: the one that was measured last.
std::vector<PaperTiming> of_one_machine(const std::vector<PaperTiming>& timings, bool on_cpu);

/// The timing of a row, or null.
const PaperTiming* find_timing(const std::vector<PaperTiming>& timings, const std::string& backbone,
                               const MethodKey& key);

/// Whether a machine's name has every word of a device of the paper, which makers set marks
/// between: "Intel(R) Xeon(R) Gold 6338" is a "Xeon Gold".
bool names_device(const std::string& hardware, const std::string& device);

/// Whether a profile's settings are the paper's, its volume aside.
bool has_paper_setting(const std::string& backbone, const std::string& config_json);

}  // namespace nmsw::reporting
