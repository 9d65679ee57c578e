#pragma once

#include <vector>

#include "nmsw/tensor/tensor.h"

namespace nmsw {

/// The candidate patches of a volume (METHOD 2.4): stride int(patch·(1-overlap)), last patch flush
/// with the border, w fastest. Where the volume is smaller than the patch there is one patch, at 0,
/// and the volume must be padded to `padded_dhw`.
struct PatchGrid {
  Int3 padded_dhw{0, 0, 0};
  Int3 patch_dhw{0, 0, 0};
  Int3 counts_dhw{0, 0, 0};
  std::vector<Int3> starts_dhw;
  int64_t count() const { return static_cast<int64_t>(starts_dhw.size()); }
};

/// Throws ConfigError for sizes below 1 or an overlap outside [0,1).
PatchGrid patch_grid(Int3 extent_dhw, Int3 patch_dhw, double overlap);

}  // namespace nmsw
