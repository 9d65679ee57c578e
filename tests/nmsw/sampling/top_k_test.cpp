#include <gtest/gtest.h>

#include <set>

#include "nmsw/sampling/background_mask.h"
#include "nmsw/sampling/gumbel.h"
#include "nmsw/sampling/gumbel_top_k.h"
#include "nmsw/sampling/patch_extraction.h"
#include "nmsw/tensor/patch_ops.h"
#include "tests/support/golden.h"

namespace nmsw {
namespace {

using testing::close;

// The example of METHOD 2.6.
struct SpecDraw {
  Tensor background = torch::tensor({0, 0, 0, 1, 0, 1}).to(torch::kBool);
  Tensor scores = mask_scores(torch::tensor({{0.5F, -1.F, 2.F, 0.F, 1.5F, -0.5F}}), background,
                              BackgroundProbability::tiny);
  Tensor noise = gumbel_from_uniform(torch::tensor({{0.5F, 0.9F, 0.1F, 0.99F, 0.3F, 0.7F}}));
};

TEST(GumbelTopK, PicksTheSpecsPatches) {
  const SpecDraw given;
  const Tensor train =
      gumbel_top_k(given.scores, given.noise, 6, 2.0 / 3, DrawnRemoval::tiny).index;
  EXPECT_TRUE(torch::equal(train.flatten(), torch::tensor({4, 1, 2, 0, 3, 4}).to(torch::kLong)));
  const TopKDraw test = gumbel_top_k(given.scores, given.noise, 6, 2.0 / 3, DrawnRemoval::exact);
  EXPECT_TRUE(
      torch::equal(test.index.flatten(), torch::tensor({4, 1, 2, 0, 3, 5}).to(torch::kLong)));
  EXPECT_TRUE(close(test.soft[0], torch::tensor({0.158647, 0.282157, 0.248605, 0.0, 0.31059, 0.0}),
                    1e-6, 0));
}

TEST(GumbelTopK, NeverPicksAPatchTwiceWhenRemovalIsExact) {
  const torch::Generator generator = seeded_generator(7);
  for (int trial = 0; trial < 20; ++trial) {
    const Tensor noise = gumbel_noise({1, 12}, generator);
    const Tensor index =
        gumbel_top_k(torch::zeros({1, 12}), noise, 12, 0.5, DrawnRemoval::exact).index;
    std::set<int64_t> seen;
    for (int64_t i = 0; i < 12; ++i) seen.insert(index[i][0].item<int64_t>());
    EXPECT_EQ(seen.size(), 12U);
  }
}

TEST(GumbelTopK, RefusesMorePicksThanPatches) {
  EXPECT_THROW(gumbel_top_k(torch::zeros({1, 3}), {}, 4, 1, DrawnRemoval::exact), ConfigError);
  EXPECT_THROW(gumbel_top_k(torch::zeros({1, 3}), {}, 1, 0, DrawnRemoval::exact), ConfigError);
}

TEST(RankPatches, FollowsTheDrawsOfTheSameNoiseAndKeepsTiesInOrder) {
  const SpecDraw given;
  EXPECT_EQ(rank_patches(given.scores[0], given.noise[0]),
            (std::vector<int64_t>{4, 1, 2, 0, 3, 5}));
  EXPECT_EQ(rank_patches(torch::tensor({1.F, 3.F, 3.F, 2.F})), (std::vector<int64_t>{1, 2, 3, 0}));
}

TEST(EnoughMass, EndsWhereTheOthersHoldTheShare) {
  const Tensor scores = torch::tensor({0.25, 0.5, 0.125, 0.125}, torch::kDouble).log();
  const std::vector<int64_t> order = rank_patches(scores);
  EXPECT_EQ(enough_mass(scores, order, 0.6), 1);
  EXPECT_EQ(enough_mass(scores, order, 0.3), 2);
  EXPECT_EQ(enough_mass(scores, order, 0.2), 3);
  EXPECT_EQ(enough_mass(scores, order, 0.1), 4);
  EXPECT_EQ(enough_mass(scores, order, 0), 4);
  EXPECT_EQ(enough_mass(scores, order, 1), 1) << "at least one";
}

TEST(GumbelNoise, IsTheSameForTheSameSeed) {
  EXPECT_TRUE(torch::equal(gumbel_noise({4, 5}, seeded_generator(3)),
                           gumbel_noise({4, 5}, seeded_generator(3))));
  EXPECT_FALSE(torch::equal(gumbel_noise({4, 5}, seeded_generator(3)),
                            gumbel_noise({4, 5}, seeded_generator(4))));
}

TEST(BackgroundPatches, AnySeesASingleForegroundVoxelAndNearestLooksAtOne) {
  const PatchGrid grid = patch_grid({16, 16, 16}, {8, 8, 8}, 0.5);
  Tensor logits = torch::zeros({1, 2, 8, 8, 8});
  logits[0][1][0][0][7] = 1;  // fine voxels w 14-15: in the last patch of each row at d = h = 0
  const Tensor any = background_patches(logits, grid, MaskRule::any);
  for (int64_t n = 0; n < grid.count(); ++n) EXPECT_EQ(any[n].item<bool>(), n != 2) << n;
  const Tensor nearest = background_patches(logits, grid, MaskRule::nearest);
  EXPECT_TRUE(nearest.all().item<bool>());
}

TEST(BackgroundPatches, TakesTheArgMaxAsForegroundAndEqualLogitsAsBackground) {
  torch::manual_seed(4);
  const PatchGrid grid = patch_grid({8, 8, 8}, {1, 1, 1}, 0);
  // Few different numbers: many are equal.
  const Tensor logits = torch::randint(0, 3, {1, 4, 8, 8, 8}).to(torch::kFloat);
  const Tensor background = background_patches(logits, grid, MaskRule::any);
  EXPECT_TRUE(torch::equal(background, logits.argmax(1).eq(0).flatten()));
}

/// The same patches from all candidates at once, which extract_patches must never make.
Tensor brute_force(const Tensor& volume, const PatchGrid& grid, const Tensor& weights) {
  const Tensor all = crop_batch(volume, grid.starts_dhw, grid.patch_dhw);
  return torch::matmul(weights, all.flatten(1))
      .view({-1, volume.size(1), grid.patch_dhw[0], grid.patch_dhw[1], grid.patch_dhw[2]});
}

TEST(ExtractPatches, HasValueAndGradientOfTheSumOverAllCandidates) {
  torch::manual_seed(1);
  const PatchGrid grid = patch_grid({8, 6, 7}, {4, 4, 4}, 0.5);
  const Tensor volume = torch::randn({1, 2, 8, 6, 7});
  const Tensor scores = torch::randn({1, grid.count()}), factor = torch::randn({3, 2, 4, 4, 4});
  for (const Estimator estimator :
       {Estimator::paper, Estimator::authors, Estimator::straight_through}) {
    const Tensor a = scores.clone().requires_grad_(), b = scores.clone().requires_grad_();
    const TopKDraw draw = gumbel_top_k(a, {}, 3, 0.7, DrawnRemoval::exact);
    const Tensor got = extract_patches(volume, grid, draw.index.squeeze(1), draw.soft.squeeze(1),
                                       estimator, PatchScale::soft);
    const TopKDraw again = gumbel_top_k(b, {}, 3, 0.7, DrawnRemoval::exact);
    const Tensor expected = brute_force(volume, grid, patch_weights(again, estimator).squeeze(1));
    EXPECT_TRUE(close(got, expected.detach(), 1e-5, 0));
    (got * factor).sum().backward();
    (expected * factor).sum().backward();
    EXPECT_TRUE(close(a.grad(), b.grad(), 1e-5, 1e-4)) << enum_name(estimator);
  }
}

}  // namespace
}  // namespace nmsw
