#pragma once

#include <cmath>

#include "datasets/grid/geometry.h"
#include "nmsw/base/volume.h"
#include "tests/fuzz/target.h"

namespace nmsw::fuzz {

/// What every reader of images promises of a volume that it returns.
inline void volume_must_hold(const ImageVolume& image) {
  const Geometry& g = image.geometry;
  must_hold(static_cast<int64_t>(image.voxels.size()) == g.voxel_count(), "a voxel a grid point");
  must_hold(g.voxel_count() > 0, "no empty volume");
  for (size_t a = 0; a < 3; ++a) {
    must_hold(g.spacing_xyz_mm[a] > 0 && g.spacing_xyz_mm[a] < 1e7, "a possible spacing");
    must_hold(std::abs(g.origin_lps_mm[a]) < 1e7, "a possible origin");
  }
  must_hold(datasets::non_orthogonality(g.direction_lps) < 1e-3, "axes at right angles");
}

}  // namespace nmsw::fuzz
