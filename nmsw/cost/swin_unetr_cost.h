#pragma once

#include "nmsw/config/swin_unetr_config.h"
#include "nmsw/cost/cost.h"

namespace nmsw {

/// One forward pass of the Swin-UNETR of METHOD 1.3. Windows are padded to whole ones, and shrink
/// to an axis shorter than they are. thop sees no attention product and no table of relative
/// positions. Throws ConfigError for lists that do not fit each other or an extent that is no
/// multiple of `size_multiple`.
Cost swin_unetr_cost(const SwinUnetrConfig& config, int64_t in_channels, int64_t num_classes,
                     Int3 extent);

/// Rough peak memory of that pass in bytes, weights included (see memory.h).
int64_t swin_unetr_peak_bytes(const SwinUnetrConfig& config, int64_t in_channels,
                              int64_t num_classes, Int3 extent);

}  // namespace nmsw
