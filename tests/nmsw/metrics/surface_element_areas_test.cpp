#include "nmsw/metrics/surface_element_areas.h"

#include <gtest/gtest.h>

#include <cmath>

namespace nmsw {
namespace {

/// Bit of the voxel at offset (dx, dy, dz).
unsigned bit(int dx, int dy, int dz) { return 128U >> (4 * dx + 2 * dy + dz); }

TEST(SurfaceElementAreas, AreZeroWhereAllVoxelsAreAlike) {
  const auto areas = surface_element_areas({1, 2, 3});
  EXPECT_EQ(areas[0], 0);
  EXPECT_EQ(areas[255], 0);
}

TEST(SurfaceElementAreas, OfOneVoxelIsTheTriangleThroughThreeEdgeMiddles) {
  // Legs of half a spacing along each axis: half the root of the summed squares of (a·b), for 1, 2,
  // 3 halved.
  const auto areas = surface_element_areas({1, 2, 3});
  const double triangle =
      0.5 * std::sqrt(std::pow(0.5 * 1, 2) + std::pow(0.5 * 1.5, 2) + std::pow(1 * 1.5, 2));
  for (unsigned corner = 0; corner < 8; ++corner) {
    EXPECT_NEAR(areas[1U << corner], triangle, 1e-12);
    EXPECT_NEAR(areas[255U - (1U << corner)], triangle, 1e-12);
  }
}

TEST(SurfaceElementAreas, OfAHalfSpaceIsTheFaceOfAVoxel) {
  const auto areas = surface_element_areas({1, 2, 3});
  EXPECT_NEAR(areas[bit(0, 0, 0) | bit(0, 0, 1) | bit(0, 1, 0) | bit(0, 1, 1)], 6, 1e-12);
  EXPECT_NEAR(areas[bit(0, 0, 0) | bit(0, 0, 1) | bit(1, 0, 0) | bit(1, 0, 1)], 3, 1e-12);
  EXPECT_NEAR(areas[bit(0, 0, 0) | bit(0, 1, 0) | bit(1, 0, 0) | bit(1, 1, 0)], 2, 1e-12);
}

TEST(SurfaceElementAreas, OfAnEdgeIsARectangleAcrossTwoAxes) {
  const auto areas = surface_element_areas({1, 2, 3});
  EXPECT_NEAR(areas[bit(0, 0, 0) | bit(0, 0, 1)], 3 * std::hypot(0.5, 1.0), 1e-12);
  EXPECT_NEAR(areas[bit(0, 0, 0) | bit(1, 0, 0)], 1 * std::hypot(1.0, 1.5), 1e-12);
}

TEST(SurfaceElementAreas, OfACornerWithItsThreeNeighboursIsAHexagonOfSixTriangles) {
  const auto areas = surface_element_areas({1, 1, 1});
  const unsigned code = bit(0, 0, 0) | bit(1, 0, 0) | bit(0, 1, 0) | bit(0, 0, 1);
  // A regular hexagon with sides of half a face's diagonal.
  EXPECT_NEAR(areas[code], 1.5 * std::sqrt(3.0) * 0.5, 1e-12);
}

TEST(SurfaceElementAreas, KeepDiagonalVoxelsApart) {
  const auto areas = surface_element_areas({1, 2, 3});
  EXPECT_NEAR(areas[bit(0, 0, 0) | bit(0, 1, 1)], 2 * areas[1], 1e-12);
  EXPECT_NEAR(areas[bit(0, 0, 0) | bit(1, 1, 1)], 2 * areas[1], 1e-12);
  EXPECT_NEAR(areas[bit(0, 0, 0) | bit(0, 1, 1) | bit(1, 0, 1) | bit(1, 1, 0)], 4 * areas[1],
              1e-12);
}

TEST(SurfaceElementAreas, DoNotChangeWhenInsideAndOutsideAreSwapped) {
  const auto areas = surface_element_areas({0.7, 1.9, 3.1});
  for (unsigned code = 0; code < 128; ++code)
    EXPECT_NEAR(areas[code], areas[255 - code], 1e-12) << code;
}

TEST(SurfaceElementAreas, TurnWithTheAxes) {
  // Swapping the first two axes of spacing and voxels alike changes nothing.
  const auto areas = surface_element_areas({0.7, 1.9, 3.1});
  const auto swapped = surface_element_areas({1.9, 0.7, 3.1});
  for (unsigned code = 0; code < 256; ++code) {
    unsigned turned = 0;
    for (int dx : {0, 1}) {
      for (int dy : {0, 1}) {
        for (int dz : {0, 1}) turned |= (code & bit(dx, dy, dz)) != 0 ? bit(dy, dx, dz) : 0;
      }
    }
    EXPECT_NEAR(areas[code], swapped[turned], 1e-12) << code;
  }
}

}  // namespace
}  // namespace nmsw
