#include "nmsw/cost/patch_count.h"

#include <algorithm>

#include "nmsw/base/error.h"

namespace nmsw {

int64_t patches_along(int64_t extent, int64_t patch, double overlap) {
  if (extent < 1 || patch < 1) {
    throw ConfigError(
        "patch grid: extent {} and patch {} must both be at least 1; correct the sizes", extent,
        patch);
  }
  if (!(overlap >= 0 && overlap < 1)) {
    throw ConfigError("patch grid: overlap {} must lie in [0,1); correct 'overlap'", overlap);
  }
  if (patch >= extent) return 1;
  // The product first and the cut after it, as the reference does: 1-overlap is not exact in
  // binary.
  const auto stride =
      std::max<int64_t>(1, static_cast<int64_t>(static_cast<double>(patch) * (1 - overlap)));
  return (extent - patch + stride - 1) / stride + 1;
}

int64_t patches_total(Int3 extent_xyz, Int3 patch_xyz, double overlap) {
  int64_t total = 1;
  for (size_t axis = 0; axis < 3; ++axis) {
    total *= patches_along(extent_xyz[axis], patch_xyz[axis], overlap);
  }
  return total;
}

}  // namespace nmsw
