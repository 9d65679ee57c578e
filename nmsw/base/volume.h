#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace nmsw {

using Int3 = std::array<int64_t, 3>;
using Real3 = std::array<double, 3>;

/// Where a voxel grid lies in the patient, in ITK's convention: world coordinates are LPS,
/// millimetres. The centre of voxel (x,y,z) is at origin + direction · (spacing ∘ (x,y,z)).
struct Geometry {
  Int3 extent_xyz{0, 0, 0};
  Real3 spacing_xyz_mm{1, 1, 1};
  Real3 origin_lps_mm{0, 0, 0};
  /// Row-major 3x3; column a is the unit vector of voxel axis a.
  std::array<double, 9> direction_lps{1, 0, 0, 0, 1, 0, 0, 0, 1};

  int64_t voxel_count() const { return extent_xyz[0] * extent_xyz[1] * extent_xyz[2]; }
};

/// A 3-D image with its geometry. Voxels are stored x fastest, so the same memory is a tensor
/// [D,H,W] = [z,y,x].
template <class Voxel>
struct Volume {
  Geometry geometry;
  std::vector<Voxel> voxels;

  int64_t index(int64_t x, int64_t y, int64_t z) const {
    return (z * geometry.extent_xyz[1] + y) * geometry.extent_xyz[0] + x;
  }
};

using ImageVolume = Volume<float>;
/// Classes that a label map can tell apart, background included.
inline constexpr int64_t kMostClasses = 256;
/// One class index a voxel, background 0.
using LabelVolume = Volume<uint8_t>;

}  // namespace nmsw
