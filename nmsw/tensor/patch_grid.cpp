#include "nmsw/tensor/patch_grid.h"

#include <algorithm>

namespace nmsw {

std::vector<int64_t> axis_starts(int64_t extent, int64_t patch, double overlap) {
  if (extent < 1 || patch < 1) {
    throw ConfigError("patch grid: extent {} and patch {} must be at least 1", extent, patch);
  }
  if (!(overlap >= 0 && overlap < 1)) {
    throw ConfigError("patch grid: overlap {} must lie in [0,1)", overlap);
  }
  if (patch >= extent) return {0};
  const int64_t stride =
      std::max<int64_t>(1, static_cast<int64_t>(static_cast<double>(patch) * (1 - overlap)));
  std::vector<int64_t> starts;
  for (int64_t at = 0;; at += stride) {
    starts.push_back(std::min(at, extent - patch));
    if (at + patch >= extent) return starts;
  }
}

PatchGrid patch_grid(Int3 extent, Int3 patch, double overlap) {
  std::array<std::vector<int64_t>, 3> starts;
  PatchGrid grid;
  grid.padded_dhw = at_least(extent, patch);
  grid.patch_dhw = patch;
  for (size_t axis = 0; axis < 3; ++axis) {
    starts[axis] = axis_starts(grid.padded_dhw[axis], patch[axis], overlap);
    grid.counts_dhw[axis] = static_cast<int64_t>(starts[axis].size());
  }
  grid.starts_dhw.reserve(static_cast<size_t>(product(grid.counts_dhw)));
  for (const int64_t d : starts[0]) {
    for (const int64_t h : starts[1]) {
      for (const int64_t w : starts[2]) grid.starts_dhw.push_back({d, h, w});
    }
  }
  return grid;
}

}  // namespace nmsw
