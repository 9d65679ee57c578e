#pragma once

#include "nmsw/config/nnunet_config.h"
#include "nmsw/cost/cost.h"

namespace nmsw {

/// One forward pass of a network of METHOD 1.6 over `extent` (any axis order). The heads of the
/// lower decoder levels have parameters and no MACs: nothing runs them. Throws ConfigError for
/// lists that do not fit each other or an extent that is no multiple of `size_multiple`.
Cost nnunet_cost(const NnUnetConfig& config, int64_t in_channels, int64_t num_classes, Int3 extent);
Cost nnunet_cost(const NnUnetResEncConfig& config, int64_t in_channels, int64_t num_classes,
                 Int3 extent);

/// Rough peak memory of that pass in bytes, weights included (see memory.h).
int64_t nnunet_peak_bytes(const NnUnetConfig& config, int64_t in_channels, int64_t num_classes,
                          Int3 extent);
int64_t nnunet_peak_bytes(const NnUnetResEncConfig& config, int64_t in_channels,
                          int64_t num_classes, Int3 extent);

}  // namespace nmsw
