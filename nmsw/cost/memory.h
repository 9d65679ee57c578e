#pragma once

#include <cstdint>

#include "nmsw/base/volume.h"
#include "nmsw/config/unet_config.h"

namespace nmsw {

/// Predicted memory in bytes: float32 tensors alive at the worst moment, from the layers' shapes. A
/// rough model for planning (the library's workspace is not in it), not a measurement.

/// One forward pass without gradients by the project's kernels, weights included (LibTorch's own
/// functions, on other devices, hold some copies more). Throws ConfigError as `unet_cost` does.
int64_t unet_peak_bytes(const UNetConfig& config, int64_t in_channels, int64_t num_classes,
                        Int3 extent);

/// The convolutional aggregation on one patch, weights included.
int64_t conv_aggregation_peak_bytes(int64_t num_classes, Int3 patch);

/// Bound on the blocks of sums (nmsw/base/block_schedule.h) that are open at a time while patches
/// of a grid, all of them or any k, go through in the sweep's order, a band after the other. Blocks
/// beside each other along the last axis count as open together.
int64_t most_open_blocks(Int3 volume_dhw, Int3 patch_dhw, double overlap, int64_t bands, int64_t k);

/// What a whole volume's segmentation holds besides a network's pass.
struct MethodMemoryInput {
  /// With its padding.
  Int3 volume_xyz{0, 0, 0};
  /// Of the volume before it was padded, which stays; 0 where there was nothing to pad.
  int64_t unpadded_voxels = 0;
  int64_t num_classes = 0;
  int64_t in_channels = 1;
  /// Peak of the local patches that go through at once.
  int64_t local_bytes = 0;
  /// Peak of the global pass; 0 where the method has none.
  int64_t global_bytes = 0;
  /// Coarse voxels; 0 where the method has no global pass.
  int64_t global_voxels = 0;
  int64_t open_blocks = 0;
};

/// The program and the volume, and the larger of two moments: the global pass; or a local one
/// beside the coarse logits, the label map and the open blocks' sums.
int64_t method_peak_bytes(const MethodMemoryInput& input);

}  // namespace nmsw
