#pragma once

#include <vector>

#include "nmsw/config/model_config.h"
#include "nmsw/config/training_memory.h"
#include "nmsw/losses/dice_ce.h"
#include "nmsw/tensor/tensor.h"

namespace nmsw {

/// Patches on their places over the coarse logits (METHOD 2.9).
struct PatchMerge {
  std::vector<Int3> starts_dhw;
  Tensor importance;     ///< [d,h,w] of a patch
  Tensor coarse_logits;  ///< [1,C,d,h,w]; takes no gradient
  Tensor class_weight;   ///< [1,C,1,1,1] in 0..1; undefined: patches replace the coarse logits
  OverlapBlend blend = OverlapBlend::normalised;
  Int3 extent_dhw{0, 0, 0};  ///< of the volume
};

/// Full-size logits [1,C,D,H,W] of patch logits [K,C,d,h,w]; without gradient.
Tensor merged_logits(const Tensor& patch_logits, const PatchMerge& merge);

/// Their arg max, uint8 [1,1,D,H,W], through the slabs of `aggregated_loss`.
Tensor merged_labels(const Tensor& patch_logits, const PatchMerge& merge,
                     int64_t slab_numbers = kLossSlabNumbers);

/// `dice_ce_loss` of the merged logits against a label [1,1,D,H,W], which never holds them: it goes
/// through slabs of planes with about `slab_numbers` logits each, and does so again for the
/// gradient. A step on a whole CT takes some hundred megabytes where its logits alone take
/// gigabytes. Differentiable in the patch logits and the class weight. The slabs' size changes
/// rounding only.
Tensor aggregated_loss(const Tensor& patch_logits, const PatchMerge& merge, const Tensor& label,
                       const DiceCeWeights& weights, int64_t slab_numbers = kLossSlabNumbers);

}  // namespace nmsw
