#pragma once

#include "nmsw/config/segformer3d_config.h"
#include "nmsw/cost/cost.h"

namespace nmsw {

/// One forward pass of the SegFormer3D of METHOD 1.7. thop sees no attention product and counts the
/// last resizing. Throws ConfigError for lists that do not fit each other or an extent that is no
/// multiple of `size_multiple`.
Cost segformer3d_cost(const SegFormer3dConfig& config, int64_t in_channels, int64_t num_classes,
                      Int3 extent);

/// Rough peak memory of that pass in bytes, weights included (see memory.h).
int64_t segformer3d_peak_bytes(const SegFormer3dConfig& config, int64_t in_channels,
                               int64_t num_classes, Int3 extent);

}  // namespace nmsw
