#pragma once

#include <vector>

#include "nmsw/base/block_schedule.h"
#include "nmsw/config/model_config.h"
#include "nmsw/tensor/tensor.h"

namespace nmsw {

/// What lies outside the patches, and how the two meet (METHOD 2.9).
struct CoarsePart {
  Tensor logits;  ///< [1,C,d,h,w], no axis larger than the volume's; undefined: patches cover every
                  ///< voxel
  Tensor class_weight;  ///< [1,C,1,1,1]; undefined: patches replace the coarse logits
  OverlapBlend blend = OverlapBlend::normalised;
};

/// Everything about a volume that its blocks share; tensors on one device, contiguous.
struct SlabVolume {
  int64_t num_classes = 0;  ///< at most 256
  Int3 extent_dhw{0, 0, 0};
  Tensor importance;  ///< float32 [d,h,w] of a patch; undefined without patches
  CoarsePart coarse;
  Tensor covered;  ///< with class weights, uint8 [d,h,w]: coarse voxels that a patch covers
  /// Work as on other devices, for comparisons.
  bool by_tensors = false;
};

/// A block and where its sums lie.
struct SlabBlock {
  int64_t index = 0;  ///< within its band
  Int3 place_dhw{0, 0, 0};
  int64_t slot = -1;   ///< −1: no patch touches it
  bool fresh = false;  ///< its memory holds what another block has left
};

/// Blocks that are done, on the device of the sums; what lies past the volume's borders is any
/// number.
struct MergedBlocks {
  Tensor labels;  ///< uint8 [n,8,8,32]
  Tensor logits;  ///< float32 [n,C,8,8,32] if wanted
};
enum class Wanted { labels, logits_too };

/// Planes of a patch, all of them or some.
struct PatchPlanes {
  Tensor logits;            ///< [C,d,h,w]
  Tensor importance;        ///< [d,h,w]
  Int3 start_dhw{0, 0, 0};  ///< of its first voxel in the volume
};

// The two ways to work on the sums [slots, C+1, 8,8,32]: C of importance · logits and one of the
// importance. Bit for bit equal; the first takes the loops of nmsw/kernels, the second runs on any
// device, and nothing in it waits for one.

namespace cpu_blocks {
/// Adds a patch's planes to the blocks of `box`, one for one in `blocks`.
void add(const PatchPlanes& planes, const BlockBox& box, const std::vector<SlabBlock>& blocks,
         Tensor& sums);
/// Divides, merges with the coarse logits and takes the arg max; all blocks have a slot, or none
/// has.
MergedBlocks merge(const SlabVolume& volume, const std::vector<SlabBlock>& blocks,
                   const Tensor& sums, Wanted wanted);
}  // namespace cpu_blocks

namespace tensor_blocks {
void add(const PatchPlanes& planes, const BlockBox& box, const std::vector<SlabBlock>& blocks,
         Tensor& sums);
MergedBlocks merge(const SlabVolume& volume, const std::vector<SlabBlock>& blocks,
                   const Tensor& sums, Wanted wanted);
/// Writes the blocks' labels where they belong in `labels` [D,H,W], whole blocks.
void place(const std::vector<SlabBlock>& blocks, const Tensor& block_labels, Tensor& labels);
}  // namespace tensor_blocks

}  // namespace nmsw
