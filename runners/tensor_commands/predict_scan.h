#pragma once

#include <chrono>

#include "datasets/image_io.h"
#include "datasets/prediction_files.h"
#include "datasets/scan_list.h"
#include "runners/options/predict_options.h"
#include "runners/planning/forecast/memory_plan.h"
#include "runners/tasks/networks.h"
#include "runners/tasks/segmenter.h"

namespace nmsw::runners {

using PredictClock = std::chrono::steady_clock;

/// What all scans of a call share.
struct Predictor {
  const PredictOptions& options;
  const std::vector<LoadedModel>& models;
  torch::Device device;

  /// What all networks agree in: classes and the preparation of scans.
  const DataSpec& data() const { return models.front().description.data; }
};

/// A scan as it was read. One thread may read while another segments.
struct ReadScan {
  std::vector<ImageVolume> channels;
  datasets::ReadNotes notes;
};
ReadScan read_scan(const datasets::ListedScan& scan, const PredictOptions& options);

/// The files of a scan: those that the options name; of many scans one each in the folders that they
/// name.
datasets::PredictionFiles prediction_files(const PredictOptions& options,
                                           const datasets::ListedScan& scan);

/// A segmented scan, not written yet.
struct SegmentedScan {
  datasets::PreparedCase prepared;  ///< without its voxels
  LabelVolume label;                ///< on the scan's own grid
  std::string k;                    ///< "" where the method takes none
  PassVolume volume;
  MemoryPlan memory;
  std::vector<PickedPatch> picks;
  std::vector<std::pair<std::string, double>> stages;
  nlohmann::ordered_json changed;  ///< null: not compared
  int64_t device_peak_bytes = 0;
};

/// begin   since when the stage "load" is counted
SegmentedScan segment_scan(const Predictor& predictor, const datasets::ListedScan& scan,
                           ReadScan read, PredictClock::time_point begin);

/// Writes what was asked for and tells what it took. One thread may write a scan while another
/// segments the next.
void write_scan(const Predictor& predictor, const datasets::ListedScan& scan,
                SegmentedScan segmented, PredictClock::time_point begin);

}  // namespace nmsw::runners
