#pragma once

#include "nmsw/config/umamba_bot_config.h"
#include "nmsw/cost/cost.h"

namespace nmsw {

/// One forward pass of the U-Mamba Bot of METHOD 1.9 over `extent` (any axis order). The heads of
/// the lower decoder levels have parameters and no MACs: nothing runs them. The recurrence's own
/// products, 3 a token, channel and state variable, are left out; thop sees nothing of Mamba but
/// the norm in front of it. Throws ConfigError for lists that do not fit each other or an extent
/// that is no multiple of `size_multiple`.
Cost umamba_bot_cost(const UMambaBotConfig& config, int64_t in_channels, int64_t num_classes,
                     Int3 extent);

/// Rough peak memory of that pass in bytes, weights included (see memory.h).
int64_t umamba_bot_peak_bytes(const UMambaBotConfig& config, int64_t in_channels,
                              int64_t num_classes, Int3 extent);

}  // namespace nmsw
