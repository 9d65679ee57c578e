#pragma once

#include <vector>

#include "nmsw/config/model_config.h"
#include "nmsw/tensor/tensor.h"

namespace nmsw {

/// Patch logits on their places: sum of importance·patch over the patches, divided by the sum of
/// importance where a patch lies (or not), 0 elsewhere. patches [K,C,d,h,w]; returns [1,C,D,H,W].
/// Differentiable in the patches.
Tensor blend_patches(const Tensor& patches, const std::vector<Int3>& starts_dhw,
                     const Tensor& importance, Int3 extent_dhw, OverlapBlend blend);

/// Voxels that a patch covers: bool [D,H,W], made on the device.
Tensor covered_voxels(const std::vector<Int3>& starts_dhw, Int3 patch_dhw, Int3 extent_dhw,
                      torch::Device device = torch::kCPU);

/// `covered` [D,H,W] on a coarse grid, by nearest down-sampling (METHOD 2.9): coarse voxel i of an
/// axis stands for the fine voxel floor(i·extent/coarse), i·rate where the rate divides the extent.
Tensor covered_coarse(const Tensor& covered, Int3 coarse_dhw);

/// 1 minus the class weight in the coarse voxels that a patch covers, 1 elsewhere, times the coarse
/// logits [1,C,d,h,w]. class_weight [1,C,1,1,1] in 0..1.
Tensor yield_to_patches(const Tensor& coarse_logits, const Tensor& covered,
                        const Tensor& class_weight);

/// METHOD 2.9 (b): class_weight · blended + up(coarse, yielding where patches are).
Tensor aggregate_class_weight(const Tensor& blended, const Tensor& covered,
                              const Tensor& coarse_logits, const Tensor& class_weight);

/// METHOD 2.9 (a): the patches where they are, up(coarse) elsewhere.
Tensor aggregate_paste(const Tensor& blended, const Tensor& covered, const Tensor& coarse_logits);

}  // namespace nmsw
