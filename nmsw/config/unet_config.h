#pragma once

#include "nmsw/config/network_config.h"

namespace nmsw {

/// The residual UNet of METHOD 1.1: one width and one stride a level, the last level being the
/// bottleneck.
struct UNetConfig {
  static constexpr const char* name = "unet";
  static constexpr const char* summary = "residual UNet with instance norm and PReLU";
  static constexpr const char* source = "paper 4.2.1";
  static constexpr NetworkRole role = NetworkRole::local_or_global;

  std::vector<int64_t> channels{32, 64, 128, 256, 320, 320};
  std::vector<int64_t> strides{2, 2, 2, 2, 2, 1};
};

template <class Visitor>
void visit_fields(UNetConfig& config, Visitor& v) {
  v.field("channels", config.channels, positive,
          "feature channels of each encoder level, the bottleneck last");
  v.field("strides", config.strides, positive,
          "stride of each encoder level; the last level's must be 1");
}

inline std::string fault_of(const UNetConfig& config) {
  if (config.channels.size() < 2 || config.channels.size() != config.strides.size()) {
    return fmt::format("{} channels and {} strides; give one of each a level, at least two levels",
                       config.channels.size(), config.strides.size());
  }
  if (config.strides.back() != 1) {
    return fmt::format("the last stride is {}; the bottleneck must have stride 1",
                       config.strides.back());
  }
  return "";
}

inline int64_t size_multiple(const UNetConfig& config) {
  int64_t product = 1;
  for (const int64_t stride : config.strides) product *= stride;
  return product;
}

/// The last feature is the decoder's, or the bottleneck's where the only decoder level gives the
/// logits.
inline int64_t feature_channels(const UNetConfig& config) {
  return config.channels.size() > 2 ? config.channels.front() : config.channels.back();
}

BackbonePtr make_network(const UNetConfig& config, int64_t in_channels, int64_t num_classes);

}  // namespace nmsw
