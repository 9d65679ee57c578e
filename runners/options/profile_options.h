#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "nmsw/config/device_arithmetic.h"
#include "runners/planning/forecast/profile_forms.h"

namespace nmsw::runners {

enum class Timing { off, on };

struct ProfileOptions : ProfileQuery {
  Timing timing = Timing::off;
  std::string device = "auto";
  DeviceArithmetic arithmetic;
  int64_t threads = 0;
  int64_t repeats = 3;
  /// Passes that are not timed before those that are.
  int64_t warmup = 1;
  /// json or table.
  std::string format = "table";
};

/// The words after the verb. Nothing when its help was asked for and printed. Throws ConfigError
/// for a wrong usage.
std::optional<ProfileOptions> parse_profile_options(const std::vector<std::string>& arguments);

}  // namespace nmsw::runners
