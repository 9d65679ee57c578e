#include "nmsw/kernels/conv/depthwise_conv.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <vector>

#include "tests/support/numbers.h"

namespace nmsw {
namespace {

using testing::numbers;

constexpr double kTolerance = 2e-6;

int64_t voxels(Int3 extent) { return extent[0] * extent[1] * extent[2]; }

/// Calls visit(k, i, o) for each weight k that connects coarse voxel i with fine voxel o: the
/// definition, voxel by voxel.
template <class Visit>
void for_each_connection(const DepthwiseGrids& grids, Visit visit) {
  const Int3 fine = grids.fine_dhw, coarse = grids.coarse_dhw;
  for (int64_t i = 0; i < voxels(coarse); ++i) {
    const Int3 at{i / (coarse[1] * coarse[2]), i / coarse[2] % coarse[1], i % coarse[2]};
    for (int64_t k = 0; k < 27; ++k) {
      const Int3 o{grids.stride * at[0] - 1 + k / 9, grids.stride * at[1] - 1 + k / 3 % 3,
                   grids.stride * at[2] - 1 + k % 3};
      bool inside = true;
      for (size_t axis = 0; axis < 3; ++axis)
        inside = inside && o[axis] >= 0 && o[axis] < fine[axis];
      if (inside) visit(k, i, (o[0] * fine[1] + o[1]) * fine[2] + o[2]);
    }
  }
}

struct Example {
  DepthwiseGrids grids;
  std::vector<float> fine, coarse, weight;
};

/// One voxel, one-voxel axes, odd and even axes, rows around and far above the vectors' width.
std::vector<Example> examples() {
  std::vector<Example> all;
  for (const Int3 extent :
       {Int3{1, 1, 1}, Int3{1, 1, 9}, Int3{1, 6, 1}, Int3{7, 1, 1}, Int3{2, 2, 2}, Int3{3, 4, 5},
        Int3{4, 5, 15}, Int3{5, 3, 16}, Int3{6, 7, 17}, Int3{3, 31, 8}, Int3{9, 10, 33},
        Int3{4, 6, 64}, Int3{3, 5, 131}}) {
    for (const int64_t stride : {1, 2}) {
      Example one{
          depthwise_grids(extent, stride), numbers(voxels(extent), 0.1), {}, numbers(27, 0.5)};
      one.coarse = numbers(voxels(one.grids.coarse_dhw), 0.9);
      all.push_back(one);
    }
  }
  return all;
}

void expect_close(const std::vector<float>& got, const std::vector<double>& expected,
                  const Example& example) {
  const Int3 e = example.grids.fine_dhw;
  for (size_t i = 0; i < expected.size(); ++i) {
    ASSERT_NEAR(got[i], expected[i], kTolerance * 27)
        << e[0] << "x" << e[1] << "x" << e[2] << " stride " << example.grids.stride << " at " << i;
  }
}

TEST(DepthwiseGrids, AtStride2HaveHalfTheVoxelsRoundedUp) {
  EXPECT_EQ(depthwise_grids({1, 4, 7}, 2).coarse_dhw, (Int3{1, 2, 4}));
  EXPECT_EQ(depthwise_grids({1, 4, 7}, 1).coarse_dhw, (Int3{1, 4, 7}));
}

TEST(DepthwiseGather, EqualsTheDefinition) {
  for (const Example& example : examples()) {
    std::vector<double> expected(example.coarse.size(), 0.25);
    for_each_connection(example.grids, [&](int64_t k, int64_t i, int64_t o) {
      expected[static_cast<size_t>(i)] +=
          static_cast<double>(example.weight[static_cast<size_t>(k)]) *
          static_cast<double>(example.fine[static_cast<size_t>(o)]);
    });
    std::vector<float> got(expected.size(), 99.0F);
    depthwise_gather(example.fine.data(), example.weight.data(), 0.25F, example.grids, 0,
                     example.grids.coarse_dhw[0], got.data());
    expect_close(got, expected, example);
  }
}

TEST(DepthwiseScatter, EqualsTheDefinition) {
  for (const Example& example : examples()) {
    std::vector<double> expected(example.fine.size(), -0.5);
    for_each_connection(example.grids, [&](int64_t k, int64_t i, int64_t o) {
      expected[static_cast<size_t>(o)] +=
          static_cast<double>(example.weight[static_cast<size_t>(k)]) *
          static_cast<double>(example.coarse[static_cast<size_t>(i)]);
    });
    std::vector<float> got(expected.size(), 99.0F);
    depthwise_scatter(example.coarse.data(), example.weight.data(), -0.5F, example.grids, 0,
                      example.grids.fine_dhw[0], got.data());
    expect_close(got, expected, example);
  }
}

TEST(DepthwiseProducts, EqualTheDefinitionAndAddToWhatIsThere) {
  for (const Example& example : examples()) {
    std::array<double, 27> expected, got;
    expected.fill(3);
    got.fill(3);
    for_each_connection(example.grids, [&](int64_t k, int64_t i, int64_t o) {
      expected[static_cast<size_t>(k)] +=
          static_cast<double>(example.coarse[static_cast<size_t>(i)]) *
          static_cast<double>(example.fine[static_cast<size_t>(o)]);
    });
    depthwise_products(example.fine.data(), example.coarse.data(), example.grids, got.data());
    for (size_t k = 0; k < 27; ++k) {
      ASSERT_NEAR(got[k], expected[k],
                  kTolerance * static_cast<double>(example.coarse.size()) + 1e-6)
          << k;
    }
  }
}

TEST(DepthwiseConv, GivesTheSamePlanesWhenTheyAreMadeAFewAtATime) {
  for (const Example& example : examples()) {
    const int64_t depth = example.grids.coarse_dhw[0], fine_depth = example.grids.fine_dhw[0];
    std::vector<float> whole(example.coarse.size()), parts(example.coarse.size());
    const float* weight = example.weight.data();
    depthwise_gather(example.fine.data(), weight, 1, example.grids, 0, depth, whole.data());
    for (int64_t z = 0; z < depth; ++z) {
      depthwise_gather(example.fine.data(), weight, 1, example.grids, z, z + 1, parts.data());
    }
    EXPECT_EQ(whole, parts);
    std::vector<float> fine_whole(example.fine.size()), fine_parts(example.fine.size());
    depthwise_scatter(example.coarse.data(), weight, 1, example.grids, 0, fine_depth,
                      fine_whole.data());
    for (int64_t z = fine_depth; z-- > 0;) {
      depthwise_scatter(example.coarse.data(), weight, 1, example.grids, z, z + 1,
                        fine_parts.data());
    }
    EXPECT_EQ(fine_whole, fine_parts);
  }
}

}  // namespace
}  // namespace nmsw
