#pragma once

#include <cstdint>
#include <vector>

#include "nmsw/base/volume.h"

namespace nmsw {

/// Patches along one axis (METHOD 2.4): ceil((extent-patch)/stride)+1 with stride =
/// int(patch·(1-overlap)), at least one voxel; 1 where the patch covers the axis. Throws
/// ConfigError for sizes below 1 or an overlap outside [0,1).
int64_t patches_along(int64_t extent, int64_t patch, double overlap);

/// First voxels of those patches: stride by stride, the last one flush with the border; 0 where the
/// patch covers the axis. Throws as patches_along.
std::vector<int64_t> axis_starts(int64_t extent, int64_t patch, double overlap);

/// First voxels of the patches of a volume, the last axis fastest.
std::vector<Int3> patch_starts(Int3 extent_dhw, Int3 patch_dhw, double overlap);

/// Patches of a whole volume: the product over the axes. 343 for 480³ at patch 128 and overlap 0.5.
int64_t patches_total(Int3 extent_xyz, Int3 patch_xyz, double overlap);

}  // namespace nmsw
