#include "datasets/exports/preview.h"

#include <cmath>

#include <gtest/gtest.h>

#include "datasets/grid/orientation.h"
#include "nmsw/base/class_colour.h"
#include "tests/support/make_volume.h"

namespace nmsw::datasets {
namespace {

constexpr Pixel kYellow{255, 212, 0};

/// 4 x 2 x 2 voxels of 100 mm in RAS order, so that a pixel is a millimetre.
Geometry large_voxels() {
  Geometry grid;
  grid.extent_xyz = {4, 2, 2};
  grid.spacing_xyz_mm = {100, 100, 100};
  grid.origin_lps_mm = {30, -20, 10};
  grid.direction_lps = {-1, 0, 0, 0, -1, 0, 0, 0, 1};
  return grid;
}

struct Scene {
  ImageVolume image{large_voxels(), std::vector<float>(16, 7.0F)};
  LabelVolume label{large_voxels(), std::vector<uint8_t>(16, 0)};
  Scene() {
    label.voxels[static_cast<size_t>(label.index(3, 1, 1))] = 1;  // right, front, head
    label.voxels[static_cast<size_t>(label.index(0, 0, 1))] = 2;  // left, back, head
  }
};

/// Half of the colour over black.
Pixel over_black(int64_t class_index) {
  Pixel pixel = class_colour(class_index);
  for (uint8_t& level : pixel) level = static_cast<uint8_t>(std::lround(level / 2.0));
  return pixel;
}

TEST(Preview, ShowsRightAndFrontOnTheLeftAndFrontAndHeadUp) {
  const Scene scene;
  const Canvas canvas =
      draw_preview({scene.image, scene.label, {}, scene.label.geometry, std::nullopt});
  EXPECT_EQ(canvas.columns(), 400 + 6 + 400 + 6 + 200);
  EXPECT_EQ(canvas.rows(), 200);
  const Pixel black{0, 0, 0};
  // Axial at z 1.
  EXPECT_EQ(canvas.pixel(50, 10), over_black(1));
  EXPECT_EQ(canvas.pixel(99, 80), over_black(1));
  EXPECT_EQ(canvas.pixel(100, 80), black);
  EXPECT_EQ(canvas.pixel(50, 150), black);
  EXPECT_EQ(canvas.pixel(300, 199), over_black(2));
  EXPECT_EQ(canvas.pixel(300, 99), black);
  // Coronal at y 0, the first of equals.
  EXPECT_EQ(canvas.pixel(406 + 350, 50), over_black(2));
  EXPECT_EQ(canvas.pixel(406 + 350, 150), black);
  EXPECT_EQ(canvas.pixel(406 + 50, 50), black);
  // Sagittal at x 0: front, y 1, is on the left.
  EXPECT_EQ(canvas.pixel(812 + 150, 50), over_black(2));
  EXPECT_EQ(canvas.pixel(812 + 50, 50), black);
  EXPECT_EQ(canvas.pixel(402, 50), black) << "the gap";
}

TEST(Preview, OutlinesThePatchesThatCrossThePlane) {
  const Scene scene;
  const std::vector<PatchBox> patches{{0, 1, {2, 0, 1}, {2, 1, 1}}, {1, 1, {0, 0, 0}, {1, 1, 1}}};
  const Canvas canvas =
      draw_preview({scene.image, scene.label, patches, scene.label.geometry, std::nullopt});
  for (const auto& [column, row] : std::vector<std::array<int64_t, 2>>{
           {0, 100}, {199, 100}, {0, 199}, {199, 199}, {120, 100}, {199, 150}})
    EXPECT_EQ(canvas.pixel(column, row), kYellow) << column << "," << row;
  EXPECT_NE(canvas.pixel(200, 150), kYellow);
  EXPECT_NE(canvas.pixel(120, 99), kYellow);
  EXPECT_NE(canvas.pixel(120, 150), kYellow) << "not filled";
  EXPECT_NE(canvas.pixel(350, 100), kYellow) << "the second patch lies at z 0";
  EXPECT_EQ(canvas.pixel(406 + 399, 100), kYellow) << "and crosses the coronal plane";
  EXPECT_EQ(canvas.pixel(812 + 199, 199), kYellow) << "and the sagittal one";
}

TEST(Preview, PatchesOfAPreparedGridLieAtTheirPlaceInThePatient) {
  const Scene scene;
  Geometry prepared = scene.label.geometry;  // voxels of 50 mm, without the first 100 mm of x
  prepared.spacing_xyz_mm = {50, 50, 50};
  prepared.extent_xyz = {6, 4, 4};
  prepared.origin_lps_mm = {30 - 100 + 25, -20 + 25, 10 - 25};
  const std::vector<PatchBox> coarse{{0, 1, {2, 0, 1}, {2, 1, 1}}};
  const std::vector<PatchBox> fine{{0, 1, {2, 0, 2}, {4, 2, 2}}};
  EXPECT_EQ(
      draw_preview({scene.image, scene.label, fine, prepared, std::nullopt}).rgb(),
      draw_preview({scene.image, scene.label, coarse, scene.label.geometry, std::nullopt}).rgb());
}

TEST(Preview, IsTheSameInWhateverOrderTheVoxelsAreStored) {
  const Geometry oblique = testing::oblique_geometry({9, 8, 5});
  const ImageVolume image = to_ras(testing::random_image(oblique, 1));
  const LabelVolume label = to_ras(testing::random_label(oblique, 3, 2));
  const std::vector<PatchBox> patches{{0, 1, {1, 2, 0}, {4, 4, 4}}};
  const auto expected = draw_preview({image, label, patches, label.geometry, std::nullopt}).rgb();
  for (const AxisMap& map :
       {AxisMap{{0, 1, 2}, {true, true, false}}, AxisMap{{2, 0, 1}, {true, false, true}},
        AxisMap{{1, 0, 2}, {false, true, true}}}) {
    const ImageVolume turned = apply_axis_map(image, map);
    const LabelVolume turned_label = apply_axis_map(label, map);
    EXPECT_EQ(draw_preview({turned, turned_label, patches, label.geometry, std::nullopt}).rgb(),
              expected);
  }
}

TEST(Preview, TheWindowIsBlackAndWhite) {
  Scene scene;
  scene.label.voxels.assign(16, 0);
  scene.label.voxels[8] = 1;  // z 1 is shown
  for (size_t i = 8; i < 16; ++i) scene.image.voxels[i] = 0;
  scene.image.voxels[15] = 50;     // x 3, y 1
  scene.image.voxels[14] = 10000;  // x 2, y 1
  const auto grey = [&](std::optional<std::array<double, 2>> window) {
    return draw_preview({scene.image, scene.label, {}, scene.label.geometry, window}).pixel(50, 10);
  };
  EXPECT_EQ(grey(std::array<double, 2>{0, 100}), (Pixel{128, 128, 128}));
  EXPECT_EQ(grey(std::nullopt), (Pixel{1, 1, 1}));
}

TEST(Preview, AnEmptyLabelMapAndASingleVoxelAreDrawn) {
  Geometry grid;
  grid.extent_xyz = {1, 1, 1};
  const ImageVolume image{grid, {3.0F}};
  const LabelVolume label{grid, {0}};
  const Canvas canvas = draw_preview({image, label, {}, grid, std::nullopt});
  EXPECT_EQ(canvas.columns(), 3 * 400 + 12);
  EXPECT_EQ(canvas.pixel(200, 10), (Pixel{0, 0, 0}));
}

}  // namespace
}  // namespace nmsw::datasets
