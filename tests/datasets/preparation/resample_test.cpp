#include "datasets/preparation/resample.h"

#include <cmath>

#include <gtest/gtest.h>

#include "tests/support/make_volume.h"

namespace nmsw::datasets {
namespace {

double clamped(double value, int64_t extent) {
  return std::min(std::max(value, 0.0), static_cast<double>(extent - 1));
}

/// The eight-corner formula, written out for one voxel.
double trilinear(const ImageVolume& image, const Real3& position) {
  double sum = 0;
  for (int corner = 0; corner < 8; ++corner) {
    double weight = 1;
    Int3 at{};
    for (size_t a = 0; a < 3; ++a) {
      const int64_t extent = image.geometry.extent_xyz[a];
      const double p = clamped(position[a], extent), low = std::floor(p);
      const bool upper = ((corner >> a) & 1) != 0;
      weight *= upper ? p - low : 1 - (p - low);
      at[a] = std::min<int64_t>(static_cast<int64_t>(low) + (upper ? 1 : 0), extent - 1);
    }
    sum += weight * image.voxels[static_cast<size_t>(image.index(at[0], at[1], at[2]))];
  }
  return sum;
}

TEST(Resample, ExtentsAreThoseOfTheReference) {
  EXPECT_EQ(resampled_extent(512, 0.9765625, 1.0), 500);
  EXPECT_EQ(resampled_extent(429, 0.9765625, 1.0), 419);
  EXPECT_EQ(resampled_extent(200, 2.5, 3.0), 167);
  EXPECT_EQ(resampled_extent(1, 5, 1), 1);
  EXPECT_EQ(resampled_extent(2, 0.5, 1), 2) << "1.5 rounds to the even 2";
  EXPECT_EQ(resampled_extent(4, 0.5, 1), 2) << "2.5 rounds to the even 2";
}

TEST(Resample, LinearEqualsTheEightCornerFormula) {
  const ImageVolume image = testing::random_image(testing::oblique_geometry({9, 7, 5}), 1);
  for (const Real3& spacing :
       {Real3{1, 1, 1}, Real3{0.5, 2, 3}, Real3{0.75, 0.8, 2.5}, Real3{5, 5, 0.3}}) {
    const ImageVolume result = resample_linear(image, spacing);
    const Int3& extent = result.geometry.extent_xyz;
    EXPECT_EQ(result.geometry.spacing_xyz_mm, spacing);
    EXPECT_EQ(result.geometry.origin_lps_mm, image.geometry.origin_lps_mm);
    ASSERT_EQ(static_cast<int64_t>(result.voxels.size()), result.geometry.voxel_count());
    for (int64_t z = 0; z < extent[2]; ++z) {
      for (int64_t y = 0; y < extent[1]; ++y) {
        for (int64_t x = 0; x < extent[0]; ++x) {
          const Real3 position{double(x) * spacing[0] / 0.75, double(y) * spacing[1] / 1.25,
                               double(z) * spacing[2] / 2.5};
          ASSERT_NEAR(result.voxels[static_cast<size_t>(result.index(x, y, z))],
                      trilinear(image, position), 2e-4);
        }
      }
    }
  }
}

TEST(Resample, NearestTakesTheNearestVoxelAndHalvesGoToTheEvenOne) {
  LabelVolume label;
  label.geometry.extent_xyz = {4, 1, 1};
  label.voxels = {1, 2, 3, 4};
  // Source coordinates 0, 0.5, 1, 1.5, 2, 2.5, 3.
  EXPECT_EQ(resample_nearest(label, {0.5, 1, 1}).voxels,
            (std::vector<uint8_t>{1, 1, 2, 3, 3, 3, 4}));
}

TEST(Resample, SpacingsThatAgreeWithinAToleranceAreLeftAlone) {
  const ImageVolume image = testing::random_image(testing::oblique_geometry({4, 4, 4}), 1);
  const ImageVolume result = resample_linear(image, {0.7509, 1.2495, 2.5});
  EXPECT_EQ(result.voxels, image.voxels);
  EXPECT_EQ(result.geometry.spacing_xyz_mm, image.geometry.spacing_xyz_mm);
}

TEST(Resample, AOneVoxelAxisIsReplicated) {
  ImageVolume image;
  image.geometry.extent_xyz = {1, 1, 3};
  image.geometry.spacing_xyz_mm = {4, 4, 2};
  image.voxels = {0, 2, 4};
  const ImageVolume result = resample_linear(image, {1, 1, 1});
  EXPECT_EQ(result.geometry.extent_xyz, (Int3{1, 1, 5}));
  EXPECT_EQ(result.voxels, (std::vector<float>{0, 1, 2, 3, 4}));
}

}  // namespace
}  // namespace nmsw::datasets
