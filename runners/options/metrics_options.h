#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace nmsw::runners {

struct MetricsOptions {
  std::filesystem::path prediction;
  std::filesystem::path label;
  /// One of the two at most; 2 mm where neither is given.
  std::optional<double> tolerance_mm;
  std::optional<double> tolerance_voxels;
  /// Name or file of a data set's descriptor.
  std::optional<std::string> classes;
  /// json, table or csv.
  std::string format = "table";
};

/// The words after the verb. Nothing when its help was asked for and printed. Throws ConfigError
/// for a wrong usage.
std::optional<MetricsOptions> parse_metrics_options(const std::vector<std::string>& arguments);

}  // namespace nmsw::runners
