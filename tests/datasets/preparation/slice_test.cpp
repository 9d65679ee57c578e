#include "datasets/preparation/slice.h"

#include <gtest/gtest.h>

namespace nmsw::datasets {
namespace {

template <class Voxel>
Volume<Voxel> zeros(Int3 extent_xyz) {
  Volume<Voxel> volume;
  volume.geometry.extent_xyz = extent_xyz;
  volume.voxels.assign(static_cast<size_t>(volume.geometry.voxel_count()), Voxel{0});
  return volume;
}

template <class Voxel>
Voxel& at(Volume<Voxel>& volume, int64_t x, int64_t y, int64_t z) {
  return volume.voxels[static_cast<size_t>(volume.index(x, y, z))];
}

TEST(Slice, TakesThePlaneWithTheMostForeground) {
  LabelVolume label = zeros<uint8_t>({3, 4, 5});
  at(label, 0, 1, 3) = at(label, 1, 1, 3) = 2;  // two voxels at z 3, both at y 1
  at(label, 2, 3, 0) = 1;
  EXPECT_EQ(fullest_position(label, Plane::axial), 3);
  EXPECT_EQ(fullest_position(label, Plane::coronal), 1);
  EXPECT_EQ(fullest_position(label, Plane::sagittal), 0) << "the first of equals";
  EXPECT_EQ(fullest_position(zeros<uint8_t>({3, 4, 5}), Plane::axial), 2) << "the middle";
}

TEST(Slice, ShowsXAlongTheColumnsAndYOrZAlongTheRows) {
  LabelVolume label = zeros<uint8_t>({3, 2, 2});
  at(label, 2, 1, 0) = 7;
  at(label, 1, 1, 1) = 9;
  const Slice axial = label_slice(label, Plane::axial, 0, 100);
  EXPECT_EQ(axial.columns, 3);
  EXPECT_EQ(axial.rows, 2);
  EXPECT_EQ(axial.pixels, (std::vector<uint8_t>{0, 0, 0, 0, 0, 7}));
  const Slice coronal = label_slice(label, Plane::coronal, 1, 100);
  EXPECT_EQ(coronal.pixels, (std::vector<uint8_t>{0, 0, 7, 0, 9, 0}));
  const Slice sagittal = label_slice(label, Plane::sagittal, 2, 100);
  EXPECT_EQ(sagittal.columns, 2);
  EXPECT_EQ(sagittal.pixels, (std::vector<uint8_t>{0, 7, 0, 0}));
}

TEST(Slice, MakesAPlaneSmallerByTheMeanOfImagesAndTheCentreOfLabels) {
  ImageVolume image = zeros<float>({4, 2, 1});
  LabelVolume label = zeros<uint8_t>({4, 2, 1});
  // Means of the two pixels of 2x2 voxels: 0.5 and 2.5; of a label the voxel after the middle.
  for (int64_t x = 0; x < 4; ++x) at(image, x, 0, 0) = at(image, x, 1, 0) = static_cast<float>(x);
  at(label, 1, 1, 0) = 5;
  const Slice grey = grey_slice(image, Plane::axial, 0, 2);
  EXPECT_EQ(grey.columns, 2);
  EXPECT_EQ(grey.rows, 1);
  EXPECT_EQ(grey.pixels, (std::vector<uint8_t>{0, 255}));
  EXPECT_EQ(label_slice(label, Plane::axial, 0, 2).pixels, (std::vector<uint8_t>{5, 0}));
}

TEST(Slice, LeavesAFewExtremePixelsOutOfTheGreyScale) {
  ImageVolume image = zeros<float>({20, 20, 1});  // one pixel in 200: two at either end
  at(image, 0, 0, 0) = at(image, 1, 0, 0) = 1000;
  for (int64_t x = 0; x < 20; ++x) at(image, x, 10, 0) = 10;
  const Slice grey = grey_slice(image, Plane::axial, 0, 20);
  EXPECT_EQ(grey.pixels[0], 255);
  EXPECT_EQ(grey.pixels[200], 255) << "10 is white although 1000 occurs";
  EXPECT_EQ(grey.pixels[100], 0);
}

TEST(Slice, OfAConstantImageIsBlack) {
  EXPECT_EQ(grey_slice(zeros<float>({2, 2, 2}), Plane::coronal, 1, 8).pixels,
            std::vector<uint8_t>(4, 0));
}

}  // namespace
}  // namespace nmsw::datasets
