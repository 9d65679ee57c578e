#pragma once

#include "nmsw/tensor/tensor.h"

namespace nmsw {

// Affine resampling (METHOD 4.4). The reference's arrays are [x,y,z], ours [1,1,D,H,W] = [z,y,x]:
// parameters and maps are in x,y,z voxels, and x runs along the last axis of a tensor.

struct AffineParameters {
  Real3 rotation_xyz_rad{0, 0, 0};
  Real3 scale_xyz{1, 1, 1};
  Real3 translation_xyz_voxels{0, 0, 0};
};

/// Where a voxel of the result comes from: source − c = matrix·(voxel − c) + shift in x,y,z, with c
/// the volume's centre (extent − 1)/2. So a scale above 1 shrinks the content and a shift of +t
/// moves it by −t.
struct AffineMap {
  std::array<Real3, 3> matrix{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
  Real3 shift_xyz{0, 0, 0};
};

/// Rx·Ry·Rz·T·S: the point is scaled, moved, then turned about z, y, x (right-handed).
AffineMap affine_map(const AffineParameters& parameters);

/// Trilinear interpolation; beyond the border is 0. image float32 [1,1,D,H,W] on the CPU; the
/// extent stays.
Tensor resample_image(const Tensor& image, const AffineMap& map);

/// The nearest voxel (halves to the even one); beyond the border is 0. label uint8 [1,1,D,H,W] on
/// the CPU.
Tensor resample_label(const Tensor& label, const AffineMap& map);

}  // namespace nmsw
