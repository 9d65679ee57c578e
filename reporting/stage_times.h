#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "reporting/labels.h"
#include "reporting/rows.h"

namespace nmsw::reporting {

/// All stages of one measurement.
///
/// place     the volume's extent of a profile, the dataset of an evaluation
/// seconds   by stage, "total" among them
/// spread    of the total; absent where it is not known
struct StageTimes {
  std::string device, hardware, place, backbone;
  MethodKey method;
  std::map<std::string, std::optional<double>> seconds;
  std::optional<double> spread;
  int64_t repeats = 0;
};

/// Rows with the columns device, hardware, `place`, backbone, method, k, variant, stage, seconds,
/// spread and repeats, one measurement a line, in the order of the tables; without those of other
/// orders of patches (has_other_order).
std::vector<StageTimes> read_stage_times(const Rows& rows, const std::string& place);

/// The stages of all measurements in the order they happen, the total last.
std::vector<std::string> stages_of(const std::vector<StageTimes>& measurements);

/// "cpu: Example CPU".
std::string device_text(const StageTimes& measurement);

}  // namespace nmsw::reporting
