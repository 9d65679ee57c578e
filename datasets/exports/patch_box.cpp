#include "datasets/exports/patch_box.h"

#include <algorithm>
#include <array>

#include "datasets/grid/geometry.h"

namespace nmsw::datasets {

GridBox box_on_grid(const PatchBox& patch, const Geometry& own, const Geometry& other) {
  Real3 first{}, last{};
  for (size_t axis = 0; axis < 3; ++axis) {
    first[axis] = static_cast<double>(patch.start_xyz[axis]) - 0.5;
    last[axis] = first[axis] + static_cast<double>(patch.size_xyz[axis]);
  }
  const std::array<Real3, 2> corners_mm{world_position(own, first), world_position(own, last)};
  GridBox box;
  for (size_t axis = 0; axis < 3; ++axis) {
    std::array<double, 2> ends{};
    for (size_t corner = 0; corner < 2; ++corner) {
      double along_mm = 0;
      for (size_t row = 0; row < 3; ++row) {
        along_mm += other.direction_lps[row * 3 + axis] *
                    (corners_mm[corner][row] - other.origin_lps_mm[row]);
      }
      ends[corner] = along_mm / other.spacing_xyz_mm[axis] + 0.5;
    }
    box.low_xyz[axis] = std::min(ends[0], ends[1]);
    box.high_xyz[axis] = std::max(ends[0], ends[1]);
  }
  return box;
}

}  // namespace nmsw::datasets
