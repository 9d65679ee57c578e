#pragma once

#include <cstdint>
#include <vector>

#include "nmsw/base/volume.h"
#include "nmsw/config/unet_config.h"

namespace nmsw {

/// One decoder level: the concatenated input, and what it is brought up to.
struct UNetUpLevel {
  int64_t in = 0;
  int64_t out = 0;
  Int3 in_extent{0, 0, 0};
  Int3 out_extent{0, 0, 0};
};

/// Sizes of the feature maps of the UNet of METHOD 1.1.
struct UNetShape {
  std::vector<Int3> encoder_extents;
  /// Lowest level first, the logits last.
  std::vector<UNetUpLevel> decoder;
};

/// Throws ConfigError where the configuration is no UNet or the extent does not fit its strides.
UNetShape unet_shape(const UNetConfig& config, int64_t num_classes, Int3 extent);

}  // namespace nmsw
