#pragma once

#include "nmsw/base/volume.h"

namespace nmsw::datasets {

/// A box of voxels relative to a volume's grid; it may reach beyond it on every side.
struct VoxelBox {
  Int3 start_xyz{0, 0, 0};
  Int3 extent_xyz{0, 0, 0};
};

/// The box cut out of the volume, `fill` where it reaches beyond. Every voxel keeps its place in
/// the patient.
template <class Voxel>
Volume<Voxel> cut_box(const Volume<Voxel>& volume, const VoxelBox& box, Voxel fill);

/// Symmetric pad up to at least `minimum`: floor(d/2) on the low side.
VoxelBox pad_to_minimum(const Int3& extent_xyz, const Int3& minimum_xyz);
/// Symmetric pad up to the next multiple.
VoxelBox pad_to_multiple(const Int3& extent_xyz, const Int3& multiple_xyz);
/// Centre crop, start floor(n/2) - floor(size/2), then symmetric pad, to exactly `size`.
VoxelBox crop_or_pad_to(const Int3& extent_xyz, const Int3& size_xyz);

/// Bounding box of the voxels above 0; no extent where there are none.
VoxelBox box_above_zero(const ImageVolume& image);
/// Bounding box of the voxels that are not 0.
VoxelBox box_not_zero(const ImageVolume& image);

}  // namespace nmsw::datasets
