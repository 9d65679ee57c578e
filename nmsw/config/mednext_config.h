#pragma once

#include "nmsw/base/config_fields.h"

namespace nmsw {

/// MedNeXt of spec 1.2; the defaults are MedNeXt-M with kernel 3. Lists run from the encoder's top
/// level to the bottleneck (their middle entry) and back up to the decoder's top level.
struct MedNeXtConfig {
  int64_t channels = 32;
  std::vector<int64_t> expansions{2, 3, 4, 4, 4, 4, 4, 3, 2};
  std::vector<int64_t> blocks{3, 4, 4, 4, 4, 4, 4, 4, 3};
};

template <class Visitor>
void visit_fields(MedNeXtConfig& config, Visitor& v) {
  v.field("channels", config.channels, positive,
          "feature channels at full resolution, doubled at each level down");
  v.field("expansions", config.expansions, positive,
          "expansion ratio of each level's blocks, 9 values");
  v.field("blocks", config.blocks, positive, "blocks of each level, 9 values");
}

}  // namespace nmsw
