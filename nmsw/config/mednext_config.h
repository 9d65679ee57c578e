#pragma once

#include "nmsw/base/config_fields.h"

namespace nmsw {

/// MedNeXt (spec 1.2), medium by default. The lists run encoder 0-3, bottleneck, decoder 3-0.
struct MedNeXtConfig {
  int64_t channels = 32;
  int64_t kernel = 3;
  std::vector<int64_t> expansions{2, 3, 4, 4, 4, 4, 4, 3, 2};
  std::vector<int64_t> blocks{3, 4, 4, 4, 4, 4, 4, 4, 3};
  bool operator==(const MedNeXtConfig& other) const {
    return channels == other.channels && kernel == other.kernel &&
           expansions == other.expansions && blocks == other.blocks;
  }
};

template <class Visitor>
void visit_fields(MedNeXtConfig& config, Visitor& v) {
  v.field("channels", config.channels, positive, "feature channels of the first level");
  v.field("kernel", config.kernel, positive, "size of the depth-wise kernels, odd");
  v.field("expansions", config.expansions, positive,
          "expansion of each stage: encoder 0-3, bottleneck, decoder 3-0");
  v.field("blocks", config.blocks, positive, "blocks of each stage, in the same order");
}

}  // namespace nmsw
