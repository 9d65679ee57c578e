#pragma once

#include <array>
#include <string>

#include "nmsw/base/volume.h"

namespace nmsw::datasets {

/// A permutation of voxel axes with flips: axis a of the result runs along axis `source_axis[a]` of
/// the source, backwards where `flipped[a]`. No voxel value is ever changed or interpolated by it.
struct AxisMap {
  std::array<int, 3> source_axis{0, 1, 2};
  std::array<bool, 3> flipped{false, false, false};
  bool operator==(const AxisMap& other) const {
    return source_axis == other.source_axis && flipped == other.flipped;
  }
};

/// The map after which voxel x runs to the patient's right, y to the front and z to the head: of
/// the 48, the one that brings the LPS direction nearest to diag(-1,-1,1).
AxisMap ras_axis_map(const Geometry& geometry);

/// The grid after the map: every voxel keeps its place in the patient.
Geometry apply_axis_map(const Geometry& geometry, const AxisMap& map);
template <class Voxel>
Volume<Voxel> apply_axis_map(const Volume<Voxel>& volume, const AxisMap& map);

/// The map that leads back.
AxisMap inverse(const AxisMap& map);

/// The volume with its voxel axes permuted and flipped so that x→R, y→A, z→S.
template <class Voxel>
Volume<Voxel> to_ras(const Volume<Voxel>& volume) {
  return apply_axis_map(volume, ras_axis_map(volume.geometry));
}

/// The volume with its voxel axes along those of `grid`: a DICOM series and a NIfTI label map of it
/// often differ in a flip.
template <class Voxel>
Volume<Voxel> turned_to(const Geometry& grid, Volume<Voxel> volume) {
  const AxisMap own = ras_axis_map(volume.geometry), wanted = ras_axis_map(grid);
  if (own == wanted) return volume;
  return apply_axis_map(apply_axis_map(volume, own), inverse(wanted));
}

/// The three letters of the voxel axes, e.g. "RAS" or "LPS".
std::string orientation_name(const Geometry& geometry);

}  // namespace nmsw::datasets
