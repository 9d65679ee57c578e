#pragma once

#include "nmsw/config/network_config.h"
#include "nmsw/config/norm_kind.h"

namespace nmsw {

/// UNETR++ of METHOD 1.8 as published for patches of 128³: one entry of `depths` and `projections` a
/// stage of the encoder. Its weights fit one extent.
struct UnetrPpConfig {
  static constexpr const char* name = "unetr_pp";
  static constexpr const char* summary =
      "UNETR++: attention between channels and to projected places, for patches of one size";
  static constexpr const char* source = "Shaker et al. 2024";
  static constexpr NetworkRole role = NetworkRole::local_only;

  int64_t feature_size = 16;
  std::vector<int64_t> depths{3, 3, 3, 3};
  std::vector<int64_t> projections{64, 64, 64, 32};
  int64_t decoder_depth = 3;
  int64_t decoder_projection = 64;
  int64_t heads = 4;
  Int3 size_xyz{128, 128, 128};
  double dropout = 0.1;
  NormKind norm = NormKind::batch;
};

template <class Visitor>
void visit_fields(UnetrPpConfig& config, Visitor& v) {
  v.field("feature_size", config.feature_size, positive,
          "channels at full resolution; the first stage has twice as many, each next twice again");
  v.field("depths", config.depths, positive,
          "transformer blocks of each stage; as many values as stages");
  v.field("projections", config.projections, positive,
          "keys that each stage's places are projected to, likewise");
  v.field("decoder_depth", config.decoder_depth, positive,
          "transformer blocks of each level of the decoder");
  v.field("decoder_projection", config.decoder_projection, positive,
          "keys that the decoder's places are projected to");
  v.field("heads", config.heads, positive, "attention heads");
  v.field("size_xyz", config.size_xyz, voxel_extent,
          "voxels of a patch along x, y, z: position embedding and projections fit no other");
  v.field("dropout", config.dropout, below_one,
          "share of attention weights and of channels that training leaves out");
  v.field("norm", config.norm, kNormKindHelp);
}

/// The first stage quarters the grid, the others halve it.
inline int64_t size_multiple(const UnetrPpConfig& config) {
  return int64_t{2} << config.depths.size();
}

inline std::string fault_of(const UnetrPpConfig& config) {
  if (config.depths.empty() || config.depths.size() != config.projections.size()) {
    return fmt::format("{} depths and {} projections; give one of each a stage",
                       config.depths.size(), config.projections.size());
  }
  if (2 * config.feature_size % config.heads != 0) {
    return fmt::format("{} channels cannot be shared among {} heads; choose a divisor",
                       2 * config.feature_size, config.heads);
  }
  for (const int64_t size : config.size_xyz) {
    if (size % size_multiple(config) != 0) {
      return fmt::format("size_xyz: {} is no multiple of {}, which {} stages need", size,
                         size_multiple(config), config.depths.size());
    }
  }
  return "";
}

/// Throws ConfigError where the first norm cannot make a group of each of the image's channels.
inline void require_image_channels(const UnetrPpConfig& config, int64_t in_channels) {
  if (2 * config.feature_size % in_channels == 0) return;
  throw ConfigError(
      "{}: {} image channels do not divide the {} of its first norm; choose another "
      "feature_size",
      UnetrPpConfig::name, in_channels, 2 * config.feature_size);
}

inline std::optional<Int3> only_extent_xyz(const UnetrPpConfig& config) { return config.size_xyz; }

inline int64_t feature_channels(const UnetrPpConfig& config) { return config.feature_size; }

BackbonePtr make_network(const UnetrPpConfig& config, int64_t in_channels, int64_t num_classes);

}  // namespace nmsw
