#pragma once

#include <cstdint>

#include "nmsw/base/seed.h"
#include "nmsw/base/volume.h"

namespace nmsw::testing {

/// A grid that is oblique (a rotation by 20 degrees about z), anisotropic and off the origin, its
/// voxel axes near L, P, S.
inline Geometry oblique_geometry(const Int3& extent_xyz) {
  constexpr double kCosine = 0.9396926207859084, kSine = 0.3420201433256687;
  Geometry geometry;
  geometry.extent_xyz = extent_xyz;
  geometry.spacing_xyz_mm = {0.75, 1.25, 2.5};
  geometry.origin_lps_mm = {-31.5, 12.25, 100.5};
  geometry.direction_lps = {kCosine, -kSine, 0, kSine, kCosine, 0, 0, 0, 1};
  return geometry;
}

/// Whole numbers in -1000 … 1999.
inline ImageVolume random_image(const Geometry& geometry, uint64_t seed) {
  ImageVolume image{geometry, {}};
  for (int64_t i = 0; i < geometry.voxel_count(); ++i) {
    image.voxels.push_back(static_cast<float>(next_index(seed, 3000)) - 1000.0F);
  }
  return image;
}

/// Class indices in 0 … classes-1.
inline LabelVolume random_label(const Geometry& geometry, int64_t classes, uint64_t seed) {
  LabelVolume label{geometry, {}};
  for (int64_t i = 0; i < geometry.voxel_count(); ++i) {
    label.voxels.push_back(static_cast<uint8_t>(next_index(seed, classes)));
  }
  return label;
}

}  // namespace nmsw::testing
