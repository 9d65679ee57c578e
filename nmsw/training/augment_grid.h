#pragma once

#include <vector>

#include "nmsw/tensor/tensor.h"

namespace nmsw {

// Grid distortion (METHOD 4.4): every axis is cut into cells whose lengths are changed. Axes are
// named as in augment_affine.h.

constexpr int64_t kGridCells = 5;
/// Factors on the cells' lengths; the last is for the voxels that five equal cells leave over.
using GridSteps = std::array<double, kGridCells + 1>;

/// Where each voxel of an axis comes from, not yet clamped. Cell j has extent div 5 voxels; their
/// sources run evenly from the last source of the cell before (0 at first) over a way of cell·step,
/// both ends included, so that steps of 1 do not give the identity. A cell cut off by the border
/// ends at `extent`, whatever its step. An axis of fewer than 20 voxels comes from itself, because
/// the reference leaves its last voxels without a source.
std::vector<double> distorted_axis(int64_t extent, const GridSteps& steps);

/// Trilinear interpolation, border voxels repeated. image float32 [1,1,D,H,W] on the CPU; the
/// extent stays.
Tensor distort_image(const Tensor& image, const std::array<GridSteps, 3>& steps_xyz);

/// The nearest voxel (halves to the even one), border voxels repeated. label uint8 [1,1,D,H,W] on
/// the CPU.
Tensor distort_label(const Tensor& label, const std::array<GridSteps, 3>& steps_xyz);

}  // namespace nmsw
