#pragma once

#include <cstdint>

#include "nmsw/base/block_schedule.h"
#include "nmsw/kernels/logits/axis_steps.h"

namespace nmsw {

// Blocks of `kBlockDhw` voxels, in raw memory. Compiled with -ffp-contract=off: products and sums
// are rounded one by one, so that all machines, and the same steps written with tensors, give the
// same bits. Thread-safe for different blocks.

/// The part of a patch in one row of blocks along W.
struct PatchPart {
  const float* logits = nullptr;      ///< at its first voxel, class 0
  const float* importance = nullptr;  ///< at the same voxel
  int64_t class_step = 0;             ///< floats from class to class of `logits`
  int64_t plane_step = 0, row_step = 0;
  Int3 place_dhw{0, 0, 0};  ///< of its first voxel in the first block
  Int3 size_dhw{0, 0, 0};
};

/// Accumulates: blocks[i] [C+1, block] with i along W; the first C grow by importance · logits, the
/// last one by the importance.
void add_to_blocks(const PatchPart& part, int64_t num_classes, float* const* blocks);

/// A block to be merged: its sums and the coarse logits.
struct BlockLogits {
  int64_t num_classes = 0;
  const float* sums = nullptr;          ///< from `add_to_blocks`; null: no patch touches the block
  bool normalised = true;               ///< whether sums are divided by the importance
  const float* class_weight = nullptr;  ///< [C]; null: patches replace the coarse logits
  const float* coarse = nullptr;        ///< [C,d,h,w]; null: none
  const uint8_t* covered = nullptr;     ///< [d,h,w], coarse voxels in patches; with `class_weight`
  Int3 coarse_dhw{0, 0, 0};
  /// Interpolation steps of the block's voxels along D, H and W; along W for all `kBlockDhw[2]`,
  /// beyond the border those of the last voxel. No coarse axis may be finer than the volume's.
  const AxisStep *steps_d = nullptr, *steps_h = nullptr, *steps_w = nullptr;
  /// Voxels of the block inside the volume, along D and H.
  int64_t depth = 0, height = 0;
};

/// Merges a block as `aggregate_class_weight` or `aggregate_paste` does, and takes the arg max, the
/// first of equals. Coarse logits are interpolated along W, then H, then D. logits: [C, block] or
/// null; labels: [block]. Beyond the border of the volume nothing is written along D and H, and
/// arbitrary numbers along W.
void merge_block(const BlockLogits& block, float* logits, uint8_t* labels);

}  // namespace nmsw
