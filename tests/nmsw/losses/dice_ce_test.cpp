#include "nmsw/losses/dice_ce.h"

#include <gtest/gtest.h>

#include "nmsw/losses/entropy.h"

namespace nmsw {
namespace {

// The published values were computed in float32, hence the tolerance.
TEST(DiceCe, HasTheSpecsCheckValues) {
  const Tensor logits = (2 * (torch::arange(2 * 4 * 27, torch::kDouble) * 0.37).sin()).view({2, 4, 3, 3, 3});
  const Tensor label = (torch::arange(2 * 27, torch::kLong) * 7 % 3).view({2, 1, 3, 3, 3}).to(torch::kByte);
  EXPECT_NEAR(dice_loss(logits, label).item<double>(), 0.806368411, 2e-7);
  EXPECT_NEAR(nmsw::cross_entropy(logits, label).item<double>(), 2.184470892, 2e-7);
  EXPECT_NEAR(dice_ce_loss(logits, label, {0.8, 0.2}).item<double>(), 1.081988931, 2e-7);
}

TEST(DiceCe, RefusesALabelOfAnotherSize) {
  EXPECT_THROW(dice_loss(torch::zeros({1, 2, 3, 3, 3}), torch::zeros({1, 1, 3, 3, 4}, torch::kByte)), ShapeError);
}

TEST(PatchEntropy, IsLargestForEvenScores) {
  EXPECT_NEAR(patch_entropy(torch::zeros({1, 8})).item<double>(), std::log(8.0), 1e-6);
  // Spec 2.6: the entropy of its masked example.
  const float gone = -87.33654F;
  EXPECT_NEAR(patch_entropy(torch::tensor({{0.5F, -1.F, 2.F, gone, 1.5F, -0.5F + gone}})).item<double>(), 1.049889207, 1e-5);
}

}  // namespace
}  // namespace nmsw
