#pragma once

#include <cstdint>

#include "nmsw/base/block_schedule.h"
#include "nmsw/kernels/logits/axis_steps.h"

namespace nmsw {

// Blocks of `kBlockDhw` voxels on raw memory. Products and sums are rounded one by one, so that
// every machine, and the same steps written with tensors, give the same bits.

/// The part of a patch that lies in a row of blocks along W.
struct PatchPart {
  const float* logits = nullptr;      ///< its first voxel, class 0
  const float* importance = nullptr;  ///< at the same voxel
  int64_t class_step = 0;             ///< floats from a class to the next; of `logits` alone
  int64_t plane_step = 0, row_step = 0;
  Int3 place_dhw{0, 0, 0};  ///< of its first voxel in the first block
  Int3 size_dhw{0, 0, 0};
};

/// blocks[i] [C+1, block], i counting along W: the first C grow by importance · logits, the last
/// one by the importance.
void add_to_blocks(const PatchPart& part, int64_t num_classes, float* const* blocks);

/// A block's sums and what the coarse logits say there.
struct BlockLogits {
  int64_t num_classes = 0;
  const float* sums = nullptr;          ///< as of `add_to_blocks`; null: no patch touches the block
  bool normalised = true;               ///< whether sums are divided by the importance
  const float* class_weight = nullptr;  ///< [C]; null: patches replace the coarse logits
  const float* coarse = nullptr;        ///< [C,d,h,w]; null: none
  const uint8_t* covered = nullptr;     ///< [d,h,w], with `class_weight`: coarse voxels in patches
  Int3 coarse_dhw{0, 0, 0};
  /// Of the block's voxels along D and H, and of all `kBlockDhw[2]` along W (past the border: of
  /// its last voxel). No axis may be finer than the volume's.
  const AxisStep *steps_d = nullptr, *steps_h = nullptr, *steps_w = nullptr;
  /// Voxels of the block along D and H that lie in the volume.
  int64_t depth = 0, height = 0;
};

/// Logits of a block as `aggregate_class_weight` or `aggregate_paste` has them, and their arg max
/// (the first of equal ones). Coarse logits are brought up along W, then H, then D. logits
/// [C, block], may be null; labels [block]; what lies past a border of the volume is not written
/// along D and H, and any number along W.
void merge_block(const BlockLogits& block, float* logits, uint8_t* labels);

}  // namespace nmsw
