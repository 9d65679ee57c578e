#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "nmsw/base/volume.h"

namespace nmsw::runners {

struct PhantomOptions {
  std::string layout = "word";
  /// Descriptor whose classes the phantoms have; empty: the layout's own.
  std::string dataset;
  std::filesystem::path out;
  int64_t cases = 4;
  uint64_t seed = 1;
  std::optional<Int3> extent_xyz;
};

/// The words after the verb. Nothing when its help was asked for and printed. Throws ConfigError
/// for a wrong usage.
std::optional<PhantomOptions> parse_phantom_options(const std::vector<std::string>& arguments);

}  // namespace nmsw::runners
