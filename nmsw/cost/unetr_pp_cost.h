#pragma once

#include "nmsw/config/unetr_pp_config.h"
#include "nmsw/cost/cost.h"

namespace nmsw {

/// One forward pass of the UNETR++ of METHOD 1.8. thop sees no attention product, no group norm and
/// none of the tensors that belong to a block itself (position embedding, projection, scale,
/// temperatures). Throws ConfigError for a configuration that does not fit itself or the image's
/// channels, or any extent but its own.
Cost unetr_pp_cost(const UnetrPpConfig& config, int64_t in_channels, int64_t num_classes,
                   Int3 extent);

/// Rough peak memory of that pass in bytes, weights included (see memory.h).
int64_t unetr_pp_peak_bytes(const UnetrPpConfig& config, int64_t in_channels, int64_t num_classes,
                            Int3 extent);

}  // namespace nmsw
