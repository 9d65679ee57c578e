#include "nmsw/sampling/coverage.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

namespace nmsw {
namespace {

/// A gain on the full grid, so that a coarse voxel is a voxel.
Tensor drawn_gain(const PatchGrid& grid, int64_t seed) {
  torch::manual_seed(seed);
  const Int3 e = grid.padded_dhw;
  return torch::rand({e[0], e[1], e[2]}, torch::kDouble).pow(6);
}

double sum_in(const Tensor& gain, const PatchGrid& grid, int64_t patch) {
  const Int3 start = grid.starts_dhw[static_cast<size_t>(patch)], size = grid.patch_dhw;
  return gain.narrow(0, start[0], size[0])
      .narrow(1, start[1], size[1])
      .narrow(2, start[2], size[2])
      .sum()
      .item<double>();
}

void multiply_in(Tensor& gain, const PatchGrid& grid, int64_t patch, double factor) {
  const Int3 start = grid.starts_dhw[static_cast<size_t>(patch)], size = grid.patch_dhw;
  gain.narrow(0, start[0], size[0])
      .narrow(1, start[1], size[1])
      .narrow(2, start[2], size[2])
      .mul_(factor);
}

/// The definition, voxel by voxel.
std::vector<int64_t> greedy(Tensor gain, const PatchGrid& grid, double discount, int64_t k) {
  std::vector<int64_t> order;
  while (static_cast<int64_t>(order.size()) < k) {
    int64_t best = -1;
    double most = -1;
    for (int64_t i = 0; i < grid.count(); ++i) {
      if (std::find(order.begin(), order.end(), i) != order.end()) continue;
      const double sum = sum_in(gain, grid, i);
      if (sum > most * (1 + 1e-12)) best = i, most = sum;
    }
    order.push_back(best);
    multiply_in(gain, grid, best, discount);
  }
  return order;
}

TEST(Coverage, EqualsTheGreedyDefinitionVoxelByVoxel) {
  for (const Int3 extent : {Int3{13, 20, 17}, Int3{8, 8, 8}, Int3{9, 30, 8}}) {
    const PatchGrid grid = patch_grid(extent, {8, 8, 8}, 0.5);
    for (const double discount : {0.0, 0.5, 1.0}) {
      const Tensor gain = drawn_gain(grid, 3);
      // As far as something is left to cover.
      const int64_t k = std::min<int64_t>(grid.count(), 8);
      const CoverageOrder found = coverage_order(gain, grid, discount);
      const std::vector<int64_t> first(found.order.begin(), found.order.begin() + k);
      EXPECT_EQ(first, greedy(gain.clone(), grid, discount, k)) << discount;
    }
  }
}

TEST(Coverage, HoldsEveryPatchOnceAndCoversMoreAndMore) {
  const PatchGrid grid = patch_grid({20, 23, 31}, {8, 8, 8}, 0.5);
  for (const double discount : {0.0, 0.3, 1.0}) {
    const CoverageOrder found = coverage_order(drawn_gain(grid, 5), grid, discount);
    EXPECT_EQ(std::set<int64_t>(found.order.begin(), found.order.end()).size(),
              static_cast<size_t>(grid.count()));
    EXPECT_TRUE(std::is_sorted(found.left.rbegin(), found.left.rend()));
    EXPECT_NEAR(found.left.back(), 0, 1e-9);
    EXPECT_NEAR(found.left.front(), 1 - found.gains.front(), 1e-9);
  }
}

TEST(Coverage, ReachesTheShareOfTheBestChoiceThatGreedyGuarantees) {
  const PatchGrid grid = patch_grid({12, 12, 12}, {8, 8, 8}, 0.5);
  ASSERT_EQ(grid.count(), 8);
  for (int64_t seed = 0; seed < 20; ++seed) {
    const Tensor gain = drawn_gain(grid, seed);
    const CoverageOrder found = coverage_order(gain, grid, 0);
    double most = 0;  // over all triples
    for (int64_t a = 0; a < 8; ++a) {
      for (int64_t b = a + 1; b < 8; ++b) {
        for (int64_t c = b + 1; c < 8; ++c) {
          Tensor rest = gain.clone();
          for (const int64_t patch : {a, b, c}) multiply_in(rest, grid, patch, 0);
          most = std::max(most, 1 - (rest.sum() / gain.sum()).item<double>());
        }
      }
    }
    const double covered = 1 - found.left[2];
    EXPECT_LE(covered, most + 1e-12);
    EXPECT_GE(covered, (1 - std::exp(-1.0)) * most);
  }
}

TEST(Coverage, OfACoarseVoxelCountsTheShareThatLiesInAPatch) {
  // Two patches of 4 along 6 voxels, two coarse voxels of 3 each: the first patch holds all of one
  // and a third of the other.
  const PatchGrid grid = patch_grid({4, 4, 6}, {4, 4, 4}, 0.5);
  ASSERT_EQ(grid.count(), 2);
  const Tensor gain = torch::tensor({3.0, 6.0}, torch::kDouble).view({1, 1, 2});
  const CoverageOrder found = coverage_order(gain, grid, 0);
  EXPECT_EQ(found.order, (std::vector<int64_t>{1, 0}));
  EXPECT_NEAR(found.gains[0], (1.0 + 6.0) / 9, 1e-12);
  EXPECT_NEAR(found.gains[1], 2.0 / 9, 1e-12);
  EXPECT_NEAR(found.left[1], 0, 1e-12);
}

TEST(Coverage, WithoutAnyGainKeepsTheOrderOfTheGrid) {
  const PatchGrid grid = patch_grid({12, 8, 8}, {8, 8, 8}, 0.5);
  const CoverageOrder found = coverage_order(torch::zeros({3, 2, 2}, torch::kDouble), grid, 0);
  std::vector<int64_t> rising(static_cast<size_t>(grid.count()));
  std::iota(rising.begin(), rising.end(), 0);
  EXPECT_EQ(found.order, rising);
}

TEST(Coverage, TakesTheLearnedProbabilityAsAFactor) {
  const PatchGrid grid = patch_grid({4, 4, 8}, {4, 4, 4}, 0);
  ASSERT_EQ(grid.count(), 2);
  const Tensor gain = torch::tensor({1.0, 2.0}, torch::kDouble).view({1, 1, 2});
  EXPECT_EQ(coverage_order(gain, grid, 0).order, (std::vector<int64_t>{1, 0}));
  EXPECT_EQ(coverage_order(gain, grid, 0, torch::tensor({0.9, 0.1})).order,
            (std::vector<int64_t>{0, 1}));
}

TEST(CoarseGain, IsWhatItsNameSays) {
  // Two voxels, three classes: probabilities 0.5, 0.25, 0.25 and 0.25, 0.75, 0.
  const Tensor p = torch::tensor({0.5, 0.25, 0.25, 0.75, 0.25, 1e-30}, torch::kDouble);
  const Tensor logits = p.log().view({1, 3, 1, 1, 2});
  const auto gain = [&](PatchGain kind) { return coarse_gain(logits, kind).flatten(); };
  EXPECT_TRUE(
      torch::allclose(gain(PatchGain::foreground), torch::tensor({0.5, 0.75}, torch::kDouble)));
  const double first = 1.5 * std::log(2.0), second = -0.25 * std::log(0.25) - 0.75 * std::log(0.75);
  EXPECT_TRUE(
      torch::allclose(gain(PatchGain::entropy), torch::tensor({first, second}, torch::kDouble)));
  EXPECT_TRUE(
      torch::allclose(gain(PatchGain::classes), torch::tensor({0.25 + 1.0, 0.75}, torch::kDouble)));
}

TEST(Coverage, SharesAreThePatchesSumsOfTheWhole) {
  const PatchGrid grid = patch_grid({13, 20, 17}, {8, 8, 8}, 0.5);
  const Tensor gain = drawn_gain(grid, 4), shares = patch_shares(gain, grid);
  for (int64_t i = 0; i < grid.count(); ++i)
    EXPECT_NEAR(shares[i].item<double>(), sum_in(gain, grid, i) / gain.sum().item<double>(), 1e-12);
  EXPECT_EQ(patch_shares(torch::zeros_like(gain), grid).sum().item<double>(), 0);
}

TEST(Coverage, AsksForAsManyPatchesAsLeaveLessThanAShare) {
  const CoverageOrder order{{0, 1, 2}, {0.6, 0.3, 0.0}, {0.4, 0.1, 0.1}};
  EXPECT_EQ(enough_patches(order, 0.5), 1);
  EXPECT_EQ(enough_patches(order, 0.4), 2) << "0.4 is not less than 0.4";
  EXPECT_EQ(enough_patches(order, 0.05), 3) << "never reached: all";
  EXPECT_EQ(enough_patches({}, 0.05), 1);
}

}  // namespace
}  // namespace nmsw
