#pragma once

#include "nmsw/config/mednext_config.h"
#include "nmsw/cost/cost.h"

namespace nmsw {

/// One forward pass of the MedNeXt of METHOD 1.2; thop sees neither its group norms nor its two
/// unused tensors. Throws ConfigError for lists that do not fit each other or an extent that is no
/// multiple of `size_multiple`.
Cost mednext_cost(const MedNeXtConfig& config, int64_t in_channels, int64_t num_classes,
                  Int3 extent);

/// Rough peak memory of that pass in bytes, weights included (see memory.h).
int64_t mednext_peak_bytes(const MedNeXtConfig& config, int64_t in_channels, int64_t num_classes,
                           Int3 extent);

}  // namespace nmsw
