#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace nmsw::runners {

/// Of `nmsw-tensor time-steps`, which `nmsw init` starts.
struct TimeStepsOptions {
  std::filesystem::path experiment;
  std::filesystem::path cache;
  std::string device = "auto";
  /// Steps of each training that are timed, after one that is not.
  int64_t steps = 3;
};

/// The words after the verb. Nothing when its help was asked for and printed. Throws ConfigError
/// for a wrong usage.
std::optional<TimeStepsOptions> parse_time_steps_options(const std::vector<std::string>& arguments);

}  // namespace nmsw::runners
