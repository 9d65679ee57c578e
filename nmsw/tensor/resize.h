#pragma once

#include "nmsw/config/model_config.h"
#include "nmsw/tensor/tensor.h"

namespace nmsw {

/// Extent of the coarse grid: floor(extent/rate) along each axis (METHOD 2.2).
Int3 coarse_extent(Int3 extent_dhw, Int3 rate_dhw);

/// Trilinear to an extent, align_corners false, no anti-aliasing. image [N,C,D,H,W] of floats.
/// Differentiable.
Tensor resize_trilinear(const Tensor& image, Int3 to_dhw);

/// The same by a matrix product along each axis: on any device the gradient adds in a fixed order,
/// which CUDA's own does not. Taken by `resize_trilinear` there under
/// DeviceArithmetic::deterministic.
Tensor resize_trilinear_by_products(const Tensor& image, Int3 to_dhw);

/// The voxel that PyTorch's `nearest` picks: floor(i·in/out). Any type, [N,C,D,H,W].
Tensor resize_nearest(const Tensor& image, Int3 to_dhw);

/// A label map on the coarse grid, by the rule of `alignment`. label [N,1,D,H,W].
Tensor resize_label(const Tensor& label, Int3 to_dhw, LabelAlignment alignment);

/// A box of coarse logits [1,C,d,h,w] brought up to `extent_dhw`: equal to `crop` of
/// `resize_trilinear` of the whole, without ever holding the whole. Returns [1,C,size].
/// Differentiable. Throws ShapeError when the box leaves the volume.
Tensor upsample_box(const Tensor& coarse, Int3 extent_dhw, Int3 start_dhw, Int3 size_dhw);

}  // namespace nmsw
