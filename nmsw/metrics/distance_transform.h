#pragma once

#include <vector>

#include "nmsw/metrics/mask.h"

namespace nmsw {

/// Distance from each voxel centre to the nearest set voxel's, exact, with `spacing` along x, y, z;
/// +infinity everywhere where the mask is empty. Separable lower envelopes of parabolas
/// (Felzenszwalb and Huttenlocher 2012), O(voxels); summed in the order x, y, z, so that equal
/// offsets give equal bits. In parallel over lines.
std::vector<double> distance_transform(const Mask& mask, Real3 spacing_xyz);

}  // namespace nmsw
