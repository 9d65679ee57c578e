#pragma once

#include "nmsw/config/network_config.h"

namespace nmsw {

/// Swin-UNETR of METHOD 1.3: patch size 2, one stage an entry of `depths`, MONAI's "merging" patch
/// merging.
struct SwinUnetrConfig {
  static constexpr const char* name = "swin_unetr";
  static constexpr const char* summary =
      "Swin-UNETR: shifted-window attention, convolutional decoder";
  static constexpr const char* source = "paper 4.2.3; Hatamizadeh et al. 2022";
  static constexpr NetworkRole role = NetworkRole::local_only;

  int64_t feature_size = 24;
  std::vector<int64_t> depths{2, 2, 2, 2};
  std::vector<int64_t> heads{3, 6, 12, 24};
  int64_t window = 7;
  int64_t mlp_ratio = 4;
};

template <class Visitor>
void visit_fields(SwinUnetrConfig& config, Visitor& v) {
  v.field("feature_size", config.feature_size, positive,
          "channels of the patch embedding, doubled at each stage");
  v.field("depths", config.depths, positive,
          "transformer blocks of each stage; as many values as stages");
  v.field("heads", config.heads, positive, "attention heads of each stage, likewise");
  v.field("window", config.window, positive, "side of the attention windows");
  v.field("mlp_ratio", config.mlp_ratio, positive,
          "hidden channels of the MLPs, as a multiple of their input");
}

inline std::string fault_of(const SwinUnetrConfig& config) {
  if (config.depths.empty() || config.depths.size() != config.heads.size()) {
    return fmt::format("{} depths and {} heads; give one of each a stage", config.depths.size(),
                       config.heads.size());
  }
  int64_t channels = config.feature_size;
  for (const int64_t heads : config.heads) {
    if (channels % heads != 0) {
      return fmt::format("{} channels cannot be shared among {} heads; choose a divisor", channels,
                         heads);
    }
    channels *= 2;
  }
  return "";
}

/// The patch embedding and each stage halve the grid.
inline int64_t size_multiple(const SwinUnetrConfig& config) {
  return int64_t{2} << config.depths.size();
}

inline int64_t feature_channels(const SwinUnetrConfig& config) { return config.feature_size; }

BackbonePtr make_network(const SwinUnetrConfig& config, int64_t in_channels, int64_t num_classes);

}  // namespace nmsw
