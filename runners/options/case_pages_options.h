#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "nmsw/config/device_arithmetic.h"
#include "runners/options/option_values.h"

namespace nmsw::runners {

/// Of `nmsw-tensor case-pages`, which `nmsw report --cases` starts.
struct CasePagesOptions {
  std::filesystem::path database = kDefaultDatabase;
  std::filesystem::path cache = kDefaultCache;
  /// Folder of the pages.
  std::filesystem::path out;
  /// Pages of each data set and backbone, at most.
  int64_t count = 2;
  /// Empty: all.
  std::string experiment;
  std::string device = "auto";
  DeviceArithmetic arithmetic;
};

/// The words after the verb. Nothing when its help was asked for and printed. Throws ConfigError
/// for a wrong usage.
std::optional<CasePagesOptions> parse_case_pages_options(const std::vector<std::string>& arguments);

}  // namespace nmsw::runners
