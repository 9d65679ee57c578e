#pragma once

#include "nmsw/base/volume.h"

namespace nmsw::datasets {

/// Extent on the target spacing: round_half_even((n - 1) · old / new + 1), at least 1.
/// source METHOD 4.3 step 5: 512 at 0.9765625 → 1.0 mm gives 500.
int64_t resampled_extent(int64_t extent, double old_spacing_mm, double new_spacing_mm);

/// The voxel axis as it will be resampled: target spacing, or the old one where they agree within
/// 1e-3 mm.
Real3 effective_spacing(const Real3& old_spacing_mm, const Real3& new_spacing_mm);

/// Tri-linear, border replicated, computed in double and stored as float. First voxels are aligned:
/// voxel i lies at source coordinate i · new / old (centre to centre), so the origin does not move.
ImageVolume resample_linear(const ImageVolume& image, const Real3& new_spacing_xyz_mm);

/// The same grid by nearest neighbour, halves to the even voxel.
LabelVolume resample_nearest(const LabelVolume& label, const Real3& new_spacing_xyz_mm);

}  // namespace nmsw::datasets
