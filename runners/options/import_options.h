#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "nmsw/config/nnunet_config.h"

namespace nmsw::runners {

struct ImportOptions {
  std::filesystem::path from;
  std::filesystem::path config;
  std::filesystem::path out;
  /// Of the images that a network of nnU-Net was trained on.
  std::optional<VoxelOrder> voxel_order;
};

/// The words after the verb. Nothing when its help was asked for and printed. Throws ConfigError
/// for a wrong usage.
std::optional<ImportOptions> parse_import_options(const std::vector<std::string>& arguments);

}  // namespace nmsw::runners
