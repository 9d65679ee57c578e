#pragma once

#include "nmsw/base/config_fields.h"

namespace nmsw {

/// The residual UNet of spec 1.1: one width and one stride a level, the last level being the bottleneck.
struct UNetConfig {
  std::vector<int64_t> channels{32, 64, 128, 256, 320, 320};
  std::vector<int64_t> strides{2, 2, 2, 2, 2, 1};
  bool operator==(const UNetConfig& other) const {
    return channels == other.channels && strides == other.strides;
  }
};

template <class Visitor>
void visit_fields(UNetConfig& config, Visitor& v) {
  v.field("channels", config.channels, positive, "feature channels of each encoder level, the bottleneck last");
  v.field("strides", config.strides, positive, "stride of each encoder level; the last level's must be 1");
}

}  // namespace nmsw
