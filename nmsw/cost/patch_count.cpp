#include "nmsw/cost/patch_count.h"

#include <algorithm>
#include <array>

#include "nmsw/base/error.h"

namespace nmsw {

namespace {

/// The product first and the cut after it, as the reference does: 1-overlap is not exact in binary.
int64_t stride_of(int64_t patch, double overlap) {
  return std::max<int64_t>(1, static_cast<int64_t>(static_cast<double>(patch) * (1 - overlap)));
}

}  // namespace

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
  const int64_t stride = stride_of(patch, overlap);
  return (extent - patch + stride - 1) / stride + 1;
}

std::vector<int64_t> axis_starts(int64_t extent, int64_t patch, double overlap) {
  std::vector<int64_t> starts(static_cast<size_t>(patches_along(extent, patch, overlap)));
  for (size_t i = 0; i < starts.size(); ++i) {
    const int64_t at = static_cast<int64_t>(i) * stride_of(patch, overlap);
    starts[i] = std::max<int64_t>(0, std::min(at, extent - patch));
  }
  return starts;
}

std::vector<Int3> patch_starts(Int3 extent, Int3 patch, double overlap) {
  std::array<std::vector<int64_t>, 3> along;
  for (size_t axis = 0; axis < 3; ++axis) {
    along[axis] = axis_starts(extent[axis], patch[axis], overlap);
  }
  std::vector<Int3> starts;
  starts.reserve(along[0].size() * along[1].size() * along[2].size());
  for (const int64_t d : along[0]) {
    for (const int64_t h : along[1]) {
      for (const int64_t w : along[2]) starts.push_back({d, h, w});
    }
  }
  return starts;
}

int64_t patches_total(Int3 extent_xyz, Int3 patch_xyz, double overlap) {
  int64_t total = 1;
  for (size_t axis = 0; axis < 3; ++axis) {
    total *= patches_along(extent_xyz[axis], patch_xyz[axis], overlap);
  }
  return total;
}

}  // namespace nmsw
