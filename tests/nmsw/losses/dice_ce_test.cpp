#include "nmsw/losses/dice_ce.h"

#include <gtest/gtest.h>

#include "nmsw/losses/entropy.h"
#include "nmsw/losses/softmax_terms.h"

namespace nmsw {
namespace {

// The published values were computed in float32, hence the tolerance.
TEST(DiceCe, HasTheSpecsCheckValues) {
  const Tensor logits =
      (2 * (torch::arange(2 * 4 * 27, torch::kDouble) * 0.37).sin()).view({2, 4, 3, 3, 3});
  const Tensor label =
      (torch::arange(2 * 27, torch::kLong) * 7 % 3).view({2, 1, 3, 3, 3}).to(torch::kByte);
  EXPECT_NEAR(dice_loss(logits, label).item<double>(), 0.806368411, 2e-7);
  EXPECT_NEAR(nmsw::cross_entropy(logits, label).item<double>(), 2.184470892, 2e-7);
  EXPECT_NEAR(dice_ce_loss(logits, label, {0.8, 0.2}).item<double>(), 1.081988931, 2e-7);
}

/// The fused loss against its two terms by LibTorch, in values and gradients.
TEST(DiceCe, OfFloatsEqualsItsTermsAndTheirGradients) {
  torch::manual_seed(1);
  struct Shape {
    int64_t items, classes;
    Int3 extent;
  };
  for (const Shape& shape :
       {Shape{1, 2, {1, 1, 1}}, Shape{2, 3, {5, 3, 7}}, Shape{1, 17, {1, 16, 16}},
        Shape{3, 5, {2, 2, 4}}, Shape{1, 27, {33, 31, 40}}, Shape{1, 105, {3, 3, 3}}}) {
    SCOPED_TRACE(std::to_string(shape.classes) + " classes");
    const Int3 extent = shape.extent;
    const Tensor label = torch::randint(
        0, shape.classes, {shape.items, 1, extent[0], extent[1], extent[2]}, torch::kByte);
    Tensor fused = (4 * torch::randn({shape.items, shape.classes, extent[0], extent[1], extent[2]}))
                       .requires_grad_();
    const DiceCeWeights weights{0.8, 0.2};
    const Tensor loss = 3 * dice_ce_loss(fused, label, weights);
    loss.backward();
    Tensor exact = fused.detach().to(torch::kDouble).requires_grad_();
    const Tensor expected =
        3 * (0.8 * dice_loss(exact, label) + 0.2 * nmsw::cross_entropy(exact, label));
    expected.backward();
    constexpr double kRounding = 5e-7;  // of probabilities near 1
    EXPECT_NEAR(loss.item<double>(), expected.item<double>(),
                1e-5 * expected.item<double>() + kRounding);
    EXPECT_LT((fused.grad() - exact.grad()).abs().max().item<double>(),
              1e-5 * exact.grad().abs().max().item<double>() + kRounding);
  }
}

/// What devices without the loop do, in pieces that end in the middle of a row.
TEST(SoftmaxTerms, InPiecesAreThoseOfAutograd) {
  torch::manual_seed(2);
  const Tensor label = torch::randint(0, 5, {2, 1, 6, 7, 9}, torch::kByte);
  Tensor logits = (3 * torch::randn({2, 5, 6, 7, 9}, torch::kDouble)).requires_grad_();
  const DiceCeWeights weights{0.7, 0.4};
  const Tensor expected =
      weights.dice * dice_loss(logits, label) + weights.ce * nmsw::cross_entropy(logits, label);
  (2 * expected).backward();
  const torch::NoGradGuard no_grad;
  for (const int64_t piece : {int64_t{5 * 50}, int64_t{1} << 25}) {
    const SoftmaxLoss loss =
        dice_ce_from_sums(softmax_sums(logits, label, piece), label.numel(), weights);
    EXPECT_NEAR(loss.value.item<double>(), expected.item<double>(), 1e-6);
    const Tensor gradient = dice_ce_gradient(logits, label, loss, 2, piece);
    EXPECT_LT((gradient - logits.grad()).abs().max().item<double>(), 1e-7);
  }
}

TEST(DiceCe, OfFarApartLogitsStaysFinite) {
  Tensor logits = torch::zeros({1, 3, 1, 1, 2});
  logits[0][0] = 500;
  logits[0][1] = -500;
  logits.requires_grad_();
  const Tensor label = torch::tensor({0, 1}, torch::kByte).view({1, 1, 1, 1, 2});
  const Tensor loss = dice_ce_loss(logits, label, {0, 1});
  EXPECT_NEAR(loss.item<double>(), 500, 1e-3);  // (0 + 1000) / 2
  loss.backward();
  EXPECT_NEAR(logits.grad()[0][1][0][0][1].item<double>(), -0.5, 1e-6);
}

TEST(DiceCe, IsTheSameAtAnyNumberOfThreads) {
  torch::manual_seed(1);
  const Tensor logits = torch::randn({2, 4, 40, 40, 40});
  const Tensor label = torch::randint(0, 4, {2, 1, 40, 40, 40}, torch::kByte);
  const int before = at::get_num_threads();
  const Tensor two = dice_ce_loss(logits, label, {});
  at::set_num_threads(1);
  EXPECT_TRUE(torch::equal(dice_ce_loss(logits, label, {}), two));
  at::set_num_threads(before);
}

TEST(DiceCe, RefusesAnIndexBeyondTheClasses) {
  EXPECT_THROW(dice_ce_loss(torch::zeros({1, 2, 1, 1, 2}),
                            torch::full({1, 1, 1, 1, 2}, 2, torch::kByte), {}),
               DataError);
}

TEST(DiceCe, RefusesALabelOfAnotherSize) {
  EXPECT_THROW(
      dice_loss(torch::zeros({1, 2, 3, 3, 3}), torch::zeros({1, 1, 3, 3, 4}, torch::kByte)),
      ShapeError);
}

TEST(PatchEntropy, IsLargestForEvenScores) {
  EXPECT_NEAR(patch_entropy(torch::zeros({1, 8})).item<double>(), std::log(8.0), 1e-6);
  // METHOD 2.6: the entropy of its masked example.
  const float gone = -87.33654F;
  EXPECT_NEAR(
      patch_entropy(torch::tensor({{0.5F, -1.F, 2.F, gone, 1.5F, -0.5F + gone}})).item<double>(),
      1.049889207, 1e-5);
}

}  // namespace
}  // namespace nmsw
