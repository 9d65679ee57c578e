#pragma once

#include <cstdint>

#include "nmsw/base/volume.h"
#include "nmsw/config/unet_config.h"

namespace nmsw {

/// Predicted memory in bytes: float32 tensors alive at the worst moment, from the layers' shapes. A
/// rough model for planning (the library's workspace and the program itself are not in it), not a
/// measurement.

/// One forward pass without gradients, weights included. Throws ConfigError as `unet_cost` does.
int64_t unet_peak_bytes(const UNetConfig& config, int64_t in_channels, int64_t num_classes,
                        Int3 extent);

/// The convolutional aggregation on one patch, weights included.
int64_t conv_aggregation_peak_bytes(int64_t num_classes, Int3 patch);

/// What a whole volume's segmentation holds besides a network's pass.
struct MethodMemoryInput {
  Int3 volume_xyz{0, 0, 0};
  int64_t num_classes = 0;
  /// Peak of one local patch.
  int64_t local_bytes = 0;
  /// Peak of the global pass; 0 where the method has none.
  int64_t global_bytes = 0;
  /// Coarse voxels; 0 where the method has no global pass.
  int64_t global_voxels = 0;
};

/// The image, the logits of the whole volume, the sum of the importance maps, the label map, the
/// coarse logits, and the larger of the two networks' passes.
int64_t method_peak_bytes(const MethodMemoryInput& input);

}  // namespace nmsw
