#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "nmsw/backbones/swin_blocks.h"
#include "tests/support/golden.h"

namespace nmsw {
namespace {

std::vector<int64_t> values_of(const Tensor& tensor) {
  const Tensor flat = tensor.contiguous();
  return {flat.data_ptr<int64_t>(), flat.data_ptr<int64_t>() + flat.numel()};
}

TEST(WindowPlan, KeepsWindowsInRasterOrderWithXSlowest) {
  // 2x2x4 tokens (D,H,W) in windows of 2: both lie side by side along W.
  const WindowPlan plan = plan_windows({1, {2, 2, 4}, 2, 0}, torch::kCPU);
  EXPECT_EQ(plan.window_tokens, 8);
  // Token (z,y,x) is 8z+4y+x.
  EXPECT_EQ(values_of(plan.token_of_slot),
            (std::vector<int64_t>{0, 8, 4, 12, 1, 9, 5, 13, 2, 10, 6, 14, 3, 11, 7, 15}));
  ASSERT_EQ(plan.groups.size(), 1U);
  EXPECT_EQ(plan.groups[0].windows, 2);
  EXPECT_FALSE(plan.groups[0].mask.defined());
}

TEST(WindowPlan, DealsEveryTokenOnceAndPadsTheRest) {
  const WindowPlan plan = plan_windows({2, {5, 8, 3}, 4, 2}, torch::kCPU);
  // Padded to 8, 8 and, shrunken, 3.
  EXPECT_EQ(plan.window_tokens, 4 * 4 * 3);
  EXPECT_EQ(plan.token_of_slot.numel(), 2 * 8 * 8 * 3);
  std::multiset<int64_t> seen;
  for (const int64_t token : values_of(plan.token_of_slot)) seen.insert(token);
  for (int64_t token = 0; token < plan.tokens; ++token) EXPECT_EQ(seen.count(token), 1U) << token;
  EXPECT_EQ(seen.count(plan.tokens), 2U * 3 * 8 * 3);
}

TEST(WindowPlan, BringsRowsAndGradientsBackToTheirPlaces) {
  const WindowPlan plan = plan_windows({2, {5, 4, 3}, 4, 2}, torch::kCPU);
  const Tensor rows = torch::randn({plan.tokens, 3}).requires_grad_(true);
  const Tensor slots = deal_to_windows(rows, plan);
  EXPECT_EQ(slots.size(0), plan.token_of_slot.numel());
  EXPECT_TRUE(torch::equal(collect_from_windows(slots, plan), rows));
  // What is padded adds nothing; the two sums take the rows in another order.
  const auto total = [](const Tensor& values) {
    return values.to(torch::kDouble).sum().item<double>();
  };
  EXPECT_NEAR(total(slots), total(slots.index_select(0, plan.slot_of_token)), 1e-9);
  const Tensor weight = torch::randn_like(slots);
  (slots * weight).sum().backward();
  EXPECT_TRUE(torch::equal(rows.grad(), weight.index_select(0, plan.slot_of_token)));
}

/// Brute force of METHOD 1.3's mask: label the rolled grid by three slices an axis, compare labels
/// within a window.
TEST(WindowPlan, MasksTokensFromTheOtherEndOfARolledAxis) {
  constexpr int64_t kSide = 4, kShift = 2, kPadded = 8;
  const WindowPlan plan = plan_windows({1, {8, 8, 8}, kSide, kShift}, torch::kCPU);
  ASSERT_EQ(plan.groups.size(), 8U);
  const auto label = [](int64_t rolled) {
    return rolled < kPadded - kSide ? 0 : rolled < kPadded - kShift ? 1 : 2;
  };
  const auto region = [&](int64_t token) {
    const auto rolled = [](int64_t place) { return (place - kShift + kPadded) % kPadded; };
    return 9 * label(rolled(token / 64)) + 3 * label(rolled(token / 8 % 8)) +
           label(rolled(token % 8));
  };
  const std::vector<int64_t> tokens = values_of(plan.token_of_slot);
  size_t first = 0;
  for (const WindowGroup& group : plan.groups) {
    for (int64_t i = 0; i < 64; ++i) {
      for (int64_t j = 0; j < 64; ++j) {
        const bool same = region(tokens[first + static_cast<size_t>(i)]) ==
                          region(tokens[first + static_cast<size_t>(j)]);
        const float mask = group.mask.defined() ? group.mask[i][j].item<float>() : 0;
        ASSERT_EQ(mask, same ? 0 : -100) << i << ' ' << j;
      }
    }
    first += 64;
  }
}

TEST(WindowPlan, GivesAShrunkenWindowTheFirstPositionsOfTheWholeOne) {
  const WindowPlan whole = plan_windows({1, {3, 3, 3}, 3, 0}, torch::kCPU);
  const WindowPlan shrunken = plan_windows({1, {3, 3, 2}, 3, 0}, torch::kCPU);
  EXPECT_TRUE(torch::equal(shrunken.position.view({18, 18}),
                           whole.position.view({27, 27}).slice(0, 0, 18).slice(1, 0, 18)));
  // Query (0,0,0), key (2,1,0) of a 3³ window: differences -2, -1, 0 plus 2 each in base 5.
  EXPECT_EQ(whole.position.view({27, 27})[0][2 * 9 + 1 * 3].item<int64_t>(), 0 * 25 + 1 * 5 + 2);
}

TEST(SwinBlock, GivesTheSameWithAndWithoutPortionsOfWindows) {
  torch::manual_seed(3);
  // Windows of 8³ tokens and 2 heads: 2 MiB of attention each, so that a portion holds fewer than
  // there are.
  SwinBlock block({8, 2, 8, 4, 2});
  const TokenGrid tokens{torch::randn({3 * 12 * 16 * 20, 8}), 3, {12, 16, 20}};
  const Tensor whole = block.forward(tokens).rows;
  c10::InferenceMode inference;
  EXPECT_TRUE(testing::close(block.forward(tokens).rows, whole, 1e-6, 1e-5));
}

TEST(SwinBlock, TrainsAfterItRanUnderInferenceMode) {
  SwinBlock block({4, 1, 2, 1, 1});
  const TokenGrid tokens{torch::randn({64, 4}), 1, {4, 4, 4}};
  {
    c10::InferenceMode inference;
    block.forward(tokens);
  }
  block.forward(tokens).rows.sum().backward();
  for (const auto& parameter : block.named_parameters()) {
    EXPECT_TRUE(parameter.value().grad().defined()) << parameter.key();
  }
}

TEST(PatchMerging, TakesTheReferencesSlices) {
  PatchMerging merging(1);
  torch::NoGradGuard no_grad;
  Tensor weight = merging.named_parameters()["reduction.weight"];
  // One block of 2³ tokens with the value x + 2y + 4z. The slices then are as below, with the mean
  // 25/8 and the mean square 115/8.
  const std::vector<int> slices{0, 1, 2, 4, 5, 2, 4, 7};
  const double deviation = std::sqrt(115.0 / 8 - 625.0 / 64 + 1e-5);
  for (int64_t i = 0; i < 8; ++i) {
    weight.copy_(torch::eye(8).roll(-i, 0).slice(0, 0, 2));
    const TokenGrid merged =
        merging.forward({torch::arange(8, torch::kFloat).view({8, 1}), 1, {2, 2, 2}});
    EXPECT_EQ(merged.grid_dhw, (Int3{1, 1, 1}));
    EXPECT_NEAR(merged.rows[0][0].item<double>(),
                (slices[static_cast<size_t>(i)] - 25.0 / 8) / deviation, 1e-5);
  }
}

}  // namespace
}  // namespace nmsw
