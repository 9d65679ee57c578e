#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nmsw/base/seed.h"
#include "nmsw/training/augment_affine.h"
#include "nmsw/training/augment_grid.h"
#include "tests/support/tensor_values.h"

namespace nmsw {
namespace {

namespace F = torch::nn::functional;
using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::Pointwise;
using testing::values_of;

Tensor random_image(uint64_t seed, torch::IntArrayRef sizes) {
  torch::manual_seed(seed);
  return torch::rand(sizes);
}

Tensor random_label(uint64_t seed, torch::IntArrayRef sizes) {
  torch::manual_seed(seed);
  return torch::randint(0, 9, sizes).to(torch::kUInt8);
}

AffineParameters random_parameters(uint64_t seed) {
  uint64_t state = seed;
  const auto between = [&](double low, double high) {
    return low + (high - low) * next_uniform(state);
  };
  AffineParameters parameters;
  for (size_t axis = 0; axis < 3; ++axis) {
    parameters.rotation_xyz_rad[axis] = between(-0.52, 0.52);
    parameters.scale_xyz[axis] = between(0.7, 1.3);
    parameters.translation_xyz_voxels[axis] = between(-4, 4);
  }
  return parameters;
}

/// LibTorch's own sampler in double precision at given sources [D,H,W,3] (x,y,z voxels).
Tensor sampled(const Tensor& volume, const Tensor& sources_xyz, bool nearest, bool repeat_border) {
  const Int3 extent = reversed(extent_dhw(volume));
  const Tensor last = torch::tensor({extent[0] - 1, extent[1] - 1, extent[2] - 1}, torch::kDouble);
  F::GridSampleFuncOptions options;
  options.align_corners(true);
  if (nearest) {
    options.mode(torch::kNearest);
  } else {
    options.mode(torch::kBilinear);
  }
  if (repeat_border) {
    options.padding_mode(torch::kBorder);
  } else {
    options.padding_mode(torch::kZeros);
  }
  return F::grid_sample(volume.to(torch::kDouble), (2 * sources_xyz / last - 1).unsqueeze(0),
                        options);
}

/// x,y,z of every voxel, [D,H,W,3].
Tensor voxel_places(Int3 extent) {
  const auto axes = torch::meshgrid(
      {torch::arange(extent[0], torch::kDouble), torch::arange(extent[1], torch::kDouble),
       torch::arange(extent[2], torch::kDouble)},
      "ij");
  return torch::stack({axes[2], axes[1], axes[0]}, 3);
}

Tensor homogeneous(const std::vector<double>& rows) {
  return torch::tensor(rows, torch::kDouble).view({4, 4});
}

/// The sources by the product of 4x4 matrices that the reference writes.
Tensor affine_sources(const AffineParameters& p, Int3 extent) {
  const auto c = [&](size_t axis) { return std::cos(p.rotation_xyz_rad[axis]); };
  const auto s = [&](size_t axis) { return std::sin(p.rotation_xyz_rad[axis]); };
  const Real3 &t = p.translation_xyz_voxels, &k = p.scale_xyz;
  const Tensor rx = homogeneous({1, 0, 0, 0, 0, c(0), -s(0), 0, 0, s(0), c(0), 0, 0, 0, 0, 1});
  const Tensor ry = homogeneous({c(1), 0, s(1), 0, 0, 1, 0, 0, -s(1), 0, c(1), 0, 0, 0, 0, 1});
  const Tensor rz = homogeneous({c(2), -s(2), 0, 0, s(2), c(2), 0, 0, 0, 0, 1, 0, 0, 0, 0, 1});
  const Tensor move = homogeneous({1, 0, 0, t[0], 0, 1, 0, t[1], 0, 0, 1, t[2], 0, 0, 0, 1});
  const Tensor scale = homogeneous({k[0], 0, 0, 0, 0, k[1], 0, 0, 0, 0, k[2], 0, 0, 0, 0, 1});
  const Tensor whole = rx.matmul(ry).matmul(rz).matmul(move).matmul(scale);
  const Tensor centre =
      torch::tensor({extent[2] - 1, extent[1] - 1, extent[0] - 1}, torch::kDouble) / 2;
  const Tensor places = voxel_places(extent) - centre;
  return places.matmul(whole.slice(0, 0, 3).slice(1, 0, 3).t()) +
         whole.slice(0, 0, 3).select(1, 3) + centre;
}

TEST(Affine, EqualsLibTorchsSamplerAtTheReferencesSources) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const AffineParameters parameters = random_parameters(seed);
    const Tensor image = random_image(seed, {1, 1, 7, 9, 11}),
                 label = random_label(seed, {1, 1, 7, 9, 11});
    const Tensor sources = affine_sources(parameters, {7, 9, 11});
    const AffineMap map = affine_map(parameters);
    EXPECT_TRUE(torch::allclose(resample_image(image, map).to(torch::kDouble),
                                sampled(image, sources, false, false), 0, 2e-6))
        << seed;
    EXPECT_TRUE(torch::equal(resample_label(label, map).to(torch::kDouble),
                             sampled(label, sources, true, false)))
        << seed;
  }
}

TEST(Affine, IsTheIdentityWithoutParameters) {
  const Tensor image = random_image(1, {1, 1, 5, 6, 7}), label = random_label(1, {1, 1, 5, 6, 7});
  EXPECT_TRUE(torch::equal(resample_image(image, affine_map({})), image));
  EXPECT_TRUE(torch::equal(resample_label(label, affine_map({})), label));
}

TEST(Affine, MovesContentAgainstTheTranslationOfTheAxisNamed) {
  const Tensor image = random_image(2, {1, 1, 4, 5, 6});
  for (int64_t axis = 0; axis < 3; ++axis) {
    AffineParameters parameters;
    parameters.translation_xyz_voxels[static_cast<size_t>(axis)] = 2;
    const Tensor moved = resample_image(image, affine_map(parameters));
    const int64_t dim = 4 - axis, left = image.size(dim) - 2;
    EXPECT_TRUE(torch::equal(moved.narrow(dim, 0, left), image.narrow(dim, 2, left)))
        << "xyz"[axis];
    EXPECT_EQ(moved.narrow(dim, left, 2).abs().sum().item<double>(), 0) << "xyz"[axis];
  }
}

TEST(Affine, FadesToZeroBeyondTheBorderAndRoundsHalvesToEven) {
  AffineParameters parameters;
  parameters.translation_xyz_voxels = {0.5, 0, 0};
  const Tensor image = torch::tensor({2.0F, 4.0F, 6.0F, 8.0F}).view({1, 1, 1, 1, 4});
  EXPECT_THAT(values_of<float>(resample_image(image, affine_map(parameters))),
              ElementsAre(3, 5, 7, 4));
  const Tensor label = torch::tensor({1, 2, 3, 4}, torch::kUInt8).view({1, 1, 1, 1, 4});
  // Sources ½, 1½, 2½, 3½ are voxels 0, 2, 2 and one beyond the last.
  EXPECT_THAT(values_of<uint8_t>(resample_label(label, affine_map(parameters))),
              ElementsAre(1, 3, 3, 0));
}

TEST(Affine, TurnsAQuarterAboutZAsTheMatrixSays) {
  AffineParameters parameters;
  parameters.rotation_xyz_rad = {0, 0, M_PI / 2};
  Tensor label = torch::zeros({1, 1, 1, 5, 5}, torch::kUInt8);
  label[0][0][0][2][4] = 1;  // 2 along x of the centre
  const Tensor turned = resample_label(label, affine_map(parameters));
  // The source of (x, y) is (−y, x): what lies at (2, 0) is seen from (0, −2).
  EXPECT_EQ(turned[0][0][0][0][2].item<int>(), 1);
  EXPECT_EQ(turned.sum().item<int>(), 1);
}

TEST(Affine, ShrinksContentByAScaleAboveOne) {
  AffineParameters parameters;
  parameters.scale_xyz = {2, 1, 1};
  const Tensor image = torch::tensor({1.0F, 2.0F, 3.0F, 4.0F, 5.0F}).view({1, 1, 1, 1, 5});
  EXPECT_THAT(values_of<float>(resample_image(image, affine_map(parameters))),
              ElementsAre(0, 1, 3, 5, 0));
}

GridSteps all_ones() { return {1, 1, 1, 1, 1, 1}; }

TEST(GridDistortion, IsNotTheIdentityEvenWithStepsOfOne) {
  const double third = 4.0 / 3;
  EXPECT_THAT(distorted_axis(23, all_ones()), Pointwise(DoubleNear(1e-12), {0.0,
                                                                            third,
                                                                            2 * third,
                                                                            4.0,
                                                                            4.0,
                                                                            4 + third,
                                                                            4 + 2 * third,
                                                                            8.0,
                                                                            8.0,
                                                                            8 + third,
                                                                            8 + 2 * third,
                                                                            12.0,
                                                                            12.0,
                                                                            12 + third,
                                                                            12 + 2 * third,
                                                                            16.0,
                                                                            16.0,
                                                                            16 + third,
                                                                            16 + 2 * third,
                                                                            20.0,
                                                                            20.0,
                                                                            21.5,
                                                                            23.0}));
}

TEST(GridDistortion, StretchesCellByCell) {
  const std::vector<double> sources = distorted_axis(20, {1.05, 0.95, 1, 1, 1, 7});
  EXPECT_NEAR(sources[3], 4.2, 1e-12);
  EXPECT_NEAR(sources[4], 4.2, 1e-12);
  EXPECT_NEAR(sources[7], 8.0, 1e-12);
  EXPECT_NEAR(sources[19], 20.0, 1e-12);
  EXPECT_NEAR(distorted_axis(24, {1, 1, 1, 1, 1, 0.5})[23], 22.0,
              1e-12);  // a whole sixth cell keeps its step
  EXPECT_NEAR(distorted_axis(21, {1, 1, 1, 1, 1, 0.5})[20], 20.0,
              1e-12);  // one voxel starts its cell
}

TEST(GridDistortion, LeavesAShortAxisAlone) {
  EXPECT_THAT(distorted_axis(4, all_ones()), ElementsAre(0, 1, 2, 3));
}

TEST(GridDistortion, EqualsLibTorchsSamplerAtItsSources) {
  for (uint64_t seed = 0; seed < 5; ++seed) {
    uint64_t state = seed;
    std::array<GridSteps, 3> steps{};
    for (GridSteps& axis : steps) {
      for (double& step : axis) step = 0.95 + 0.1 * next_uniform(state);
    }
    const Int3 extent{21, 23, 26};
    const Tensor image = random_image(seed, {1, 1, 21, 23, 26}),
                 label = random_label(seed, {1, 1, 21, 23, 26});
    const Tensor places = voxel_places(extent).to(torch::kLong);
    std::vector<Tensor> axes;
    for (size_t axis = 0; axis < 3; ++axis) {
      const Tensor table =
          torch::tensor(distorted_axis(extent[2 - axis], steps[axis]), torch::kDouble);
      const Tensor place = places.select(3, static_cast<int64_t>(axis));
      axes.push_back(table.index_select(0, place.flatten()).view(place.sizes()));
    }
    const Tensor sources = torch::stack(axes, 3);
    EXPECT_TRUE(torch::allclose(distort_image(image, steps).to(torch::kDouble),
                                sampled(image, sources, false, true), 0, 2e-6))
        << seed;
    EXPECT_TRUE(torch::equal(distort_label(label, steps).to(torch::kDouble),
                             sampled(label, sources, true, true)))
        << seed;
  }
}

}  // namespace
}  // namespace nmsw
