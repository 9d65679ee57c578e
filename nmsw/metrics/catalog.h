#pragma once

#include <string_view>
#include <vector>

#include "nmsw/metrics/scores.h"

namespace nmsw {

enum class Better { higher, lower };

struct MetricEntry {
  /// The name in the database and in tables.
  std::string_view name;
  /// "1" for a share; otherwise "mm", or "voxel" where surfaces are measured in voxels.
  std::string_view unit;
  Better better;
  std::string_view summary;
  double ClassScores::*value;
};

/// Every metric of a case and class. To add one: a field of ClassScores with its computation, and
/// one line here.
const std::vector<MetricEntry>& metric_catalog();

/// The entry's unit when surfaces are measured in `surface_unit`.
std::string_view unit_of(const MetricEntry& entry, SurfaceUnit surface_unit);

}  // namespace nmsw
