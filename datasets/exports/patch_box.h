#pragma once

#include <cstdint>

#include "nmsw/base/volume.h"

namespace nmsw::datasets {

/// A patch that went through the local network: voxels of the prepared grid, start to start +
/// size - 1; parts may lie outside of the grid.
struct PatchBox {
  int64_t rank = 0;
  double score = 0;
  Int3 start_xyz{0, 0, 0};
  Int3 size_xyz{0, 0, 0};
};

/// A box between faces of voxels: voxel i reaches from i to i + 1.
struct GridBox {
  Real3 low_xyz{}, high_xyz{};
};

/// Where a patch lies on another grid whose axes are those of the patch's own, in any order and
/// direction: in voxels of that grid, not rounded.
GridBox box_on_grid(const PatchBox& patch, const Geometry& own, const Geometry& other);

}  // namespace nmsw::datasets
