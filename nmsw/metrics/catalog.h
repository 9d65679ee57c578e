#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "nmsw/metrics/class_evidence.h"

namespace nmsw {

enum class Better { higher, lower };

/// A score of one class; NaN where it is undefined.
using MetricFunction = double (*)(const ClassEvidence&);

/// A metric as far as anything but its own file needs to know it.
struct MetricEntry {
  /// The name in the database, in tables and in JSON.
  std::string_view name;
  /// "1" for a share; otherwise "mm", or "voxel" where surfaces are measured in voxels.
  std::string_view unit;
  Better better;
  std::string_view summary;
  /// What is stored and averaged: finite or NaN, and never better where a class is missed.
  MetricFunction value;
  /// What `nmsw metrics` shows of a single class where that differs from `value`; null otherwise.
  /// It may be infinite.
  MetricFunction shown = nullptr;
  /// Whether the value depends on the options' tolerance, which is then stored with it.
  bool has_tolerance = false;
  /// Whether the value is 0 or 1, which JSON says as false or true.
  bool is_flag = false;
};

/// THE list of metrics, in the order of columns. A new one is a file with a function of
/// `ClassEvidence`, and a line here.
const std::vector<MetricEntry>& metric_catalog();

/// The place of that name in the catalog; ConfigError listing the names otherwise.
size_t metric_index(std::string_view name);

/// The entry's unit when surfaces are measured in `surface_unit`.
std::string_view unit_of(const MetricEntry& entry, SurfaceUnit surface_unit);

}  // namespace nmsw
