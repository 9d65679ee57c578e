#pragma once

#include <vector>

#include "nmsw/tensor/patch_grid.h"

namespace nmsw {

/// The patches of one draw.
struct DrawnPatches {
  std::vector<Int3> starts_dhw;  ///< of each pick
  Tensor images;                 ///< [K,Cin,d,h,w], or each different patch once: [K',Cin,d,h,w]
  Tensor row;                    ///< int64 [K]: of each pick in `images`; undefined: its own
};

/// First voxels of the patches of an index [K].
std::vector<Int3> starts_of(const PatchGrid& grid, const Tensor& index);

/// The patches as they are, without gradient. One that was drawn several times comes once, in the
/// order of first draws: what it costs is paid once, and its gradients add.
DrawnPatches distinct_patches(const Tensor& volume, const PatchGrid& grid, const Tensor& index);

/// What the network made of `drawn.images`, which come first in `values`, for each pick; what
/// follows them stays behind.
Tensor for_each_pick(const DrawnPatches& drawn, const Tensor& values);

}  // namespace nmsw
