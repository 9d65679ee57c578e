#include "nmsw/training/augment_intensity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/tensor_values.h"

namespace nmsw {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatNear;
using ::testing::Pointwise;
using testing::values_of;

/// A volume of one row.
Tensor row_image(const std::vector<float>& values) {
  return torch::tensor(values).view({1, 1, 1, 1, -1});
}

TEST(Gamma, GivesTheReferencesNumbers) {
  const Tensor image = row_image({0, .1F, .4F, .9F, 1, .3F});
  EXPECT_THAT(
      values_of<float>(adjust_gamma(image, 1.3, GammaCurve::plain)),
      Pointwise(FloatNear(2e-6), {0.056767, 0.105329, 0.351192, 0.901679, 1.025706, 0.259327}));
  EXPECT_THAT(
      values_of<float>(adjust_gamma(image, 1.3, GammaCurve::inverted)),
      Pointwise(FloatNear(2e-6), {-0.038485, 0.089376, 0.446226, 0.910341, 0.960404, 0.332137}));
}

TEST(Gamma, LeavesTheImageAtOneAndAConstantImageAtAnyGamma) {
  const Tensor image = row_image({-0.1F, 0, 0.25F, 0.5F, 1});
  EXPECT_TRUE(torch::allclose(adjust_gamma(image, 1, GammaCurve::plain), image, 0, 1e-6));
  EXPECT_TRUE(torch::allclose(adjust_gamma(image, 1, GammaCurve::inverted), image, 0, 1e-6));
  const Tensor constant = torch::full({1, 1, 3, 3, 3}, 0.5F);
  EXPECT_TRUE(torch::equal(adjust_gamma(constant, 0.7, GammaCurve::plain), constant));
}

TEST(Gamma, KeepsMeanAndDeviationOfAnImageOfSeveralChunks) {
  torch::manual_seed(1);
  const Tensor image = torch::rand({1, 1, 50, 60, 70});
  const Tensor changed = adjust_gamma(image, 1.5, GammaCurve::inverted);
  EXPECT_NEAR(changed.mean().item<double>(), image.mean().item<double>(), 1e-5);
  EXPECT_NEAR(changed.std().item<double>(), image.std().item<double>(), 1e-5);
  EXPECT_GT((changed - image).abs().max().item<double>(), 0.05);
}

/// Φ(½/σ) − Φ(−½/σ) and so on, from tables of the normal distribution.
TEST(Smoothing, WeighsByTheNormalDistribution) {
  EXPECT_THAT(
      smoothing_weights(0.5),
      Pointwise(FloatNear(1e-7), {0.00134961, 0.15730536, 0.68268949, 0.15730536, 0.00134961}));
  const std::vector<float> one = smoothing_weights(1);
  ASSERT_EQ(one.size(), 9U);
  EXPECT_NEAR(one[4], 0.38292492, 1e-7);
  EXPECT_NEAR(one[5], 0.24173034, 1e-7);
  EXPECT_NEAR(one[2], 0.06059754, 1e-7);
}

TEST(Smoothing, SpreadsAPointByTheProductOfTheAxesWeights) {
  Tensor point = torch::zeros({1, 1, 11, 12, 13});
  point[0][0][5][6][7] = 1;
  const Tensor spread = smooth(point, {0.5, 0.75, 1})[0][0];
  const auto x = smoothing_weights(0.5), y = smoothing_weights(0.75), z = smoothing_weights(1);
  ASSERT_EQ(y.size(), 7U);  // int(3 + ½) on both sides
  for (int dz = -4; dz <= 4; ++dz) {
    for (int dy = -3; dy <= 3; ++dy) {
      for (int dx = -2; dx <= 2; ++dx) {
        EXPECT_NEAR(spread[5 + dz][6 + dy][7 + dx].item<float>(), x[2 + dx] * y[3 + dy] * z[4 + dz],
                    1e-7);
      }
    }
  }
  EXPECT_EQ((spread > 0).sum().item<int64_t>(), 9 * 7 * 5);
}

TEST(Smoothing, TakesZerosBeyondTheBorder) {
  const Tensor corner = smooth(torch::ones({1, 1, 9, 9, 9}), {0.5, 0.5, 0.5})[0][0][0][0][0];
  const double half = 0.68268949 + 0.15730536 + 0.00134961;
  EXPECT_NEAR(corner.item<float>(), half * half * half, 1e-6);
}

TEST(LowResolution, PicksVoxelsAndInterpolatesBetweenThem) {
  const Tensor image = row_image({8, 100, 16, 100});  // voxels 0 and 2 are picked
  EXPECT_THAT(values_of<float>(simulate_low_resolution(image, 0.5)), ElementsAre(8, 10, 14, 16));
  EXPECT_TRUE(torch::equal(simulate_low_resolution(image, 1), image));
}

TEST(LowResolution, RoundsHalfASizeToTheEvenOne) {
  const Tensor image =
      row_image({4, 100, 8, 100, 100});  // 2.5 voxels become 2: voxels 0 and int(2.5)
  const std::vector<float> coarse_between = values_of<float>(simulate_low_resolution(image, 0.5));
  EXPECT_FLOAT_EQ(coarse_between[0], 4);
  EXPECT_FLOAT_EQ(coarse_between[2], 6);
  EXPECT_FLOAT_EQ(coarse_between[4], 8);
}

TEST(Noise, HasTheDeviationAskedForAndFollowsTheSeed) {
  const Tensor image = torch::full({1, 1, 32, 32, 32}, 0.5);
  const Tensor noisy = add_noise(image, 0.1, 3);
  EXPECT_NEAR(noisy.mean().item<double>(), 0.5, 5 * 0.1 / std::sqrt(32768.0));
  EXPECT_NEAR(noisy.std().item<double>(), 0.1, 5 * 0.1 / std::sqrt(2 * 32768.0));
  EXPECT_TRUE(torch::equal(add_noise(image, 0.1, 3), noisy));
  EXPECT_FALSE(torch::equal(add_noise(image, 0.1, 4), noisy));
  EXPECT_TRUE(torch::equal(add_noise(image, 0, 3), image));
}

}  // namespace
}  // namespace nmsw
