#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "runners/options/option_values.h"

namespace nmsw::runners {

struct CheckOptions {
  /// An experiment (.yaml) or the folder of a data set.
  std::filesystem::path target;
  /// Descriptor that the folder is checked against; empty: what the folder says of itself.
  std::string dataset;
  std::vector<std::string> set;
  std::filesystem::path cache = kDefaultCache;
};

/// The words after the verb. Nothing when its help was asked for and printed. Throws ConfigError
/// for a wrong usage.
std::optional<CheckOptions> parse_check_options(const std::vector<std::string>& arguments);

}  // namespace nmsw::runners
