#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "nmsw/config/device_arithmetic.h"
#include "runners/options/option_values.h"

namespace nmsw::runners {

struct DoctorOptions {
  std::string device = "auto";
  DeviceArithmetic arithmetic;
  std::filesystem::path database = kDefaultDatabase;
};

/// The words after the verb. Nothing when its help was asked for and printed. Throws ConfigError
/// for a wrong usage.
std::optional<DoctorOptions> parse_doctor_options(const std::vector<std::string>& arguments);

}  // namespace nmsw::runners
