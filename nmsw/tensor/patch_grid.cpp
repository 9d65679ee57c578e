#include "nmsw/tensor/patch_grid.h"

#include "nmsw/cost/patch_count.h"

namespace nmsw {

PatchGrid patch_grid(Int3 extent, Int3 patch, double overlap) {
  PatchGrid grid;
  grid.padded_dhw = at_least(extent, patch);
  grid.patch_dhw = patch;
  for (size_t axis = 0; axis < 3; ++axis) {
    grid.counts_dhw[axis] = patches_along(grid.padded_dhw[axis], patch[axis], overlap);
  }
  grid.starts_dhw = patch_starts(grid.padded_dhw, patch, overlap);
  return grid;
}

}  // namespace nmsw
