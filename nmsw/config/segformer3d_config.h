#pragma once

#include <algorithm>
#include <numeric>

#include "nmsw/config/network_config.h"
#include "nmsw/config/norm_kind.h"

namespace nmsw {

/// SegFormer3D of METHOD 1.7 at the published sizes: one entry of each list a stage.
struct SegFormer3dConfig {
  static constexpr const char* name = "segformer3d";
  static constexpr const char* summary =
      "SegFormer3D: attention to reduced grids, decoder at a quarter of the resolution";
  static constexpr const char* source = "Perera et al. 2024";
  static constexpr NetworkRole role = NetworkRole::local_or_global;

  std::vector<int64_t> channels{32, 64, 160, 256};
  std::vector<int64_t> depths{2, 2, 2, 2};
  std::vector<int64_t> heads{1, 2, 5, 8};
  std::vector<int64_t> reductions{4, 2, 1, 1};
  int64_t mlp_ratio = 4;
  int64_t decoder_channels = 256;
  NormKind norm = NormKind::batch;
};

template <class Visitor>
void visit_fields(SegFormer3dConfig& config, Visitor& v) {
  v.field("channels", config.channels, positive,
          "channels of each stage; the first quarters the grid, the others halve it");
  v.field("depths", config.depths, positive,
          "transformer blocks of each stage; as many values as stages");
  v.field("heads", config.heads, positive, "attention heads of each stage, likewise");
  v.field("reductions", config.reductions, downsizing,
          "how many tokens along an axis share a key and a value, likewise");
  v.field("mlp_ratio", config.mlp_ratio, positive,
          "hidden channels of the MLPs, as a multiple of their input");
  v.field("decoder_channels", config.decoder_channels, positive,
          "channels that each stage is brought to in the decoder");
  v.field("norm", config.norm, kNormKindHelp);
}

/// Voxels along an axis for one token of a stage.
inline int64_t token_side(size_t stage) { return int64_t{4} << stage; }

/// What is above the largest axis is cut.
inline int64_t size_multiple(const SegFormer3dConfig& config) {
  constexpr int64_t kMostVoxels = 8192;
  int64_t multiple = 1;
  for (size_t stage = 0; stage < config.reductions.size() && multiple <= kMostVoxels; ++stage) {
    multiple = std::lcm(multiple, token_side(stage) * config.reductions[stage]);
  }
  return std::min(multiple, kMostVoxels + 1);
}

inline std::string fault_of(const SegFormer3dConfig& config) {
  const size_t stages = config.channels.size();
  if (config.depths.size() != stages || config.heads.size() != stages ||
      config.reductions.size() != stages) {
    return fmt::format(
        "{} channels, {} depths, {} heads and {} reductions; give one of each a stage", stages,
        config.depths.size(), config.heads.size(), config.reductions.size());
  }
  for (size_t i = 0; i < stages; ++i) {
    if (config.channels[i] % config.heads[i] != 0) {
      return fmt::format("{} channels cannot be shared among {} heads; choose a divisor",
                         config.channels[i], config.heads[i]);
    }
  }
  if (size_multiple(config) > 8192)
    return "the stages and their reductions need longer axes than any";
  return "";
}

inline int64_t feature_channels(const SegFormer3dConfig& config) { return config.decoder_channels; }

BackbonePtr make_network(const SegFormer3dConfig& config, int64_t in_channels, int64_t num_classes);

}  // namespace nmsw
