#include "datasets/exports/patch_markups.h"

#include <gtest/gtest.h>

#include "datasets/grid/geometry.h"
#include "tests/support/make_volume.h"

namespace nmsw::datasets {
namespace {

TEST(PatchMarkups, LieWhereArithmeticPutsThemOnAnObliqueGrid) {
  // Rotated by 20 degrees about z, voxels of 0.75 x 1.25 x 2.5 mm, voxel 0 at (-31.5, 12.25, 100.5).
  const Geometry grid = testing::oblique_geometry({64, 48, 20});
  const auto json =
      patch_markups({{0, 0.5, {0, 0, 0}, {1, 1, 1}}, {4, 2, {10, -2, 3}, {32, 16, 8}}}, grid);
  ASSERT_EQ(json.at("markups").size(), 2u);
  const auto& first = json.at("markups")[0];
  EXPECT_EQ(first.at("center"), (std::vector<double>{-31.5, 12.25, 100.5}));
  EXPECT_EQ(first.at("size"), (std::vector<double>{0.75, 1.25, 2.5}));
  const auto& second = json.at("markups")[1];
  // The middle is at voxel (25.5, 5.5, 6.5): 19.125, 6.875 and 16.25 mm along the axes.
  constexpr double kCosine = 0.9396926207859084, kSine = 0.3420201433256687;
  const auto centre = second.at("center").get<std::vector<double>>();
  ASSERT_EQ(centre.size(), 3u);
  EXPECT_NEAR(centre[0], -31.5 + kCosine * 19.125 - kSine * 6.875, 1e-12);
  EXPECT_NEAR(centre[1], 12.25 + kSine * 19.125 + kCosine * 6.875, 1e-12);
  EXPECT_NEAR(centre[2], 100.5 + 16.25, 1e-12);
  EXPECT_EQ(second.at("size"), (std::vector<double>{24, 20, 20}));
  // Columns are the axes of the box, as the schema says: entries 0, 3 and 6 are its x axis.
  EXPECT_EQ(second.at("orientation"),
            (std::vector<double>{kCosine, -kSine, 0, kSine, kCosine, 0, 0, 0, 1}));
  EXPECT_EQ(second.at("controlPoints")[0].at("position"), second.at("center"));
  EXPECT_EQ(second.at("name"), "patch 5");
}

TEST(PatchMarkups, CornersOfTheBoxAreTheOuterFacesOfItsVoxels) {
  const Geometry grid = testing::oblique_geometry({64, 48, 20});
  const PatchBox patch{0, 1, {3, 5, 7}, {4, 6, 2}};
  const auto markup = patch_markups({patch}, grid).at("markups")[0];
  const auto centre = markup.at("center").get<Real3>(), size = markup.at("size").get<Real3>();
  const auto axes = markup.at("orientation").get<std::array<double, 9>>();
  for (const double side : {-0.5, 0.5}) {
    Real3 corner = centre, outer{};
    for (size_t row = 0; row < 3; ++row) {
      for (size_t axis = 0; axis < 3; ++axis)
        corner[row] += axes[row * 3 + axis] * side * size[axis];
    }
    for (size_t axis = 0; axis < 3; ++axis) {
      outer[axis] = side < 0
                        ? static_cast<double>(patch.start_xyz[axis]) - 0.5
                        : static_cast<double>(patch.start_xyz[axis] + patch.size_xyz[axis]) - 0.5;
    }
    const Real3 expected = world_position(grid, outer);
    for (size_t row = 0; row < 3; ++row) EXPECT_NEAR(corner[row], expected[row], 1e-12);
  }
}

TEST(PatchMarkups, AMirroredGridGivesARotation) {
  Geometry grid = testing::oblique_geometry({8, 8, 8});
  for (size_t row = 0; row < 3; ++row) grid.direction_lps[row * 3] *= -1;
  const auto markup = patch_markups({{0, 1, {0, 0, 0}, {2, 2, 2}}}, grid).at("markups")[0];
  const auto axes = markup.at("orientation").get<Matrix3>();
  EXPECT_NEAR(determinant(axes), 1, 1e-12);
  EXPECT_LT(non_orthogonality(axes), 1e-12);
}

TEST(PatchMarkups, AreOfSlicersSchema) {
  const auto json =
      patch_markups({{0, 0.25, {0, 0, 0}, {2, 2, 2}}}, testing::oblique_geometry({8, 8, 8}));
  EXPECT_NE(json.at("@schema").get<std::string>().find("markups-schema-v1.0.3.json"),
            std::string::npos);
  const auto& markup = json.at("markups")[0];
  EXPECT_EQ(markup.at("type"), "ROI");
  EXPECT_EQ(markup.at("roiType"), "Box");
  EXPECT_EQ(markup.at("coordinateSystem"), "LPS");
  EXPECT_EQ(markup.at("coordinateUnits"), "mm");
  EXPECT_EQ(markup.at("orientation").size(), 9u);
  EXPECT_EQ(markup.at("controlPoints").size(), 1u);
  EXPECT_EQ(patch_markups({}, {}).at("markups").size(), 0u);
}

}  // namespace
}  // namespace nmsw::datasets
