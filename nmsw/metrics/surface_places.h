#pragma once

#include "nmsw/metrics/mask.h"
#include "nmsw/metrics/surface_element_areas.h"

namespace nmsw {

/// Where the surface of a mask is, its outermost voxels being unset. Both work in parallel.

/// Corners between eight voxels that are not all alike. A corner has the index of the voxel before
/// it along each axis, so that there is one fewer of them than voxels along each.
Mask surface_corners(const Mask& mask);

/// Set voxels with an unset one among their six neighbours.
Mask border_voxels(const Mask& mask);

/// Which of the eight voxels around a corner are set.
NeighbourCode corner_code(const Mask& mask, int64_t x, int64_t y, int64_t z);

}  // namespace nmsw
