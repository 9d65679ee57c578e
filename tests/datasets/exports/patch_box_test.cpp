#include "datasets/exports/patch_box.h"

#include <gtest/gtest.h>

namespace nmsw::datasets {
namespace {

void expect_box(const GridBox& box, const Real3& low_xyz, const Real3& high_xyz) {
  for (size_t axis = 0; axis < 3; ++axis) {
    EXPECT_NEAR(box.low_xyz[axis], low_xyz[axis], 1e-9) << axis;
    EXPECT_NEAR(box.high_xyz[axis], high_xyz[axis], 1e-9) << axis;
  }
}

TEST(PatchBox, IsItselfOnItsOwnGrid) {
  Geometry grid;
  grid.extent_xyz = {20, 30, 40};
  grid.spacing_xyz_mm = {0.7, 1.5, 3};
  grid.origin_lps_mm = {-100, 17, 5};
  expect_box(box_on_grid({1, 0.5, {-2, 3, 4}, {8, 9, 10}}, grid, grid), {-2, 3, 4}, {6, 12, 14});
}

/// The other grid stores z, x, y, runs against the patch's y, and has voxels of half the size.
TEST(PatchBox, FollowsAxesDirectionsAndSpacing) {
  Geometry own;
  own.extent_xyz = {10, 20, 30};
  own.spacing_xyz_mm = {2, 2, 2};
  own.origin_lps_mm = {1, 1, 1};  // faces of the first voxels at 0
  Geometry other;
  other.extent_xyz = {60, 20, 40};
  other.spacing_xyz_mm = {1, 1, 1};
  other.direction_lps = {0, 1, 0,   //
                         0, 0, -1,  //
                         1, 0, 0};
  other.origin_lps_mm = {0.5, 39.5, 0.5};  // y runs from 40 mm down
  expect_box(box_on_grid({1, 0.5, {1, 2, 3}, {4, 5, 6}}, own, other), {6, 2, 40 - 14},
             {18, 10, 40 - 4});
}

}  // namespace
}  // namespace nmsw::datasets
