#include "nmsw/sampling/soft_top_k.h"

#include <gtest/gtest.h>

#include <cmath>

#include "nmsw/sampling/gumbel.h"
#include "tests/support/golden.h"

namespace nmsw {
namespace {

using testing::close;

Tensor drawn_scores(int64_t count, int64_t seed) {
  torch::manual_seed(seed);
  return torch::randn({count}, torch::kDouble);
}

/// ∂sum(factor·soft)/∂scores by central differences.
Tensor by_differences(const Tensor& scores, const std::function<double(const Tensor&)>& value) {
  constexpr double kStep = 1e-5;
  Tensor gradient = torch::zeros_like(scores);
  for (int64_t i = 0; i < scores.size(0); ++i) {
    Tensor above = scores.clone(), below = scores.clone();
    above[i] += kStep;
    below[i] -= kStep;
    gradient[i] = (value(above) - value(below)) / (2 * kStep);
  }
  return gradient;
}

TEST(SoftTopK, MeetsTheMarginsAndIsSharperTheSmallerEpsilon) {
  const Tensor scores = drawn_scores(9, 1);
  const Tensor order = std::get<1>(scores.topk(4));
  for (const double epsilon : {2.0, 0.2, 0.02}) {
    const Tensor soft = soft_top_k(scores, 4, {epsilon, true, false});
    EXPECT_TRUE(close(soft.sum(1), torch::ones({4}), 1e-12, 0));
    EXPECT_LE(soft.sum(0).max().item<double>(), 1 + 1e-9);
    EXPECT_TRUE(close(soft_top_k(scores + 3.7, 4, {epsilon, true, false}), soft, 1e-9, 0))
        << "a shift changes nothing";
  }
  const Tensor sharp = soft_top_k(scores, 4, {0.02, true, false});
  EXPECT_TRUE(torch::equal(sharp.argmax(1), order)) << "the largest score first";
  EXPECT_GT(sharp.max().item<double>(), 0.9);
}

TEST(SoftTopK, OfTwoScoresIsASigmoid) {
  // One of two, k = 1, anchors 1 and 0: the plan is symmetric and its odds are
  // exp((2a - 2b)/(2·epsilon)).
  const double epsilon = 0.7, a = 0.9, b = 0.2;
  const Tensor soft = soft_top_k(torch::tensor({a, b}, torch::kDouble), 1, {epsilon, true, false});
  EXPECT_NEAR(soft[0][0].item<double>(), 1 / (1 + std::exp(-(a - b) / epsilon)), 1e-12);
  // Sorted and unsorted are the same for k = 1.
  const Tensor scores = drawn_scores(6, 2);
  EXPECT_TRUE(close(soft_top_k(scores, 1, {0.3, true, false}),
                    soft_top_k(scores, 1, {0.3, false, false}), 1e-11, 0));
}

TEST(SoftTopK, HasTheGradientOfThePlanNotOfTheIterations) {
  for (const int64_t k : {1, 3, 7}) {
    for (const bool sorted : {true, false}) {
      SCOPED_TRACE(::testing::Message() << k << " " << sorted);
      const Tensor scores = drawn_scores(7, 3).requires_grad_();
      torch::manual_seed(4);
      const Tensor factor = torch::randn({sorted ? k : 1, 7}, torch::kDouble);
      const TransportSettings settings{0.4, sorted, false};
      (soft_top_k(scores, k, settings) * factor).sum().backward();
      const Tensor expected = by_differences(scores.detach(), [&](const Tensor& moved) {
        return (soft_top_k(moved, k, settings) * factor).sum().item<double>();
      });
      EXPECT_TRUE(close(scores.grad(), expected, 1e-7, 1e-6));
    }
  }
}

TEST(SoftTopK, MeetsBothMarginsHoweverSharpTheChoiceIs) {
  for (const double spread : {0.01, 1.0, 8.0, 60.0}) {
    for (const int64_t k : {1, 3, 30, 343}) {
      for (const double tau : {2.0, 1.0 / 3}) {
        SCOPED_TRACE(::testing::Message() << spread << " " << k << " " << tau);
        const Tensor scores = (spread * drawn_scores(343, 10)).requires_grad_();
        const Tensor soft = soft_top_k(scores, k, {2 * static_cast<double>(k) * tau, true, false});
        EXPECT_TRUE(close(soft.sum(1), torch::ones({k}), 1e-9, 0));
        EXPECT_LE(soft.sum(0).max().item<double>(), 1 + 1e-9);
        soft.square().sum().backward();
        EXPECT_TRUE(torch::isfinite(scores.grad()).all().item<bool>());
        EXPECT_NEAR(scores.grad().sum().item<double>(), 0, 1e-7) << "a shift changes nothing";
      }
    }
  }
}

TEST(SoftTopK, TakesTheLargestCostForAConstant) {
  const Tensor scores = drawn_scores(6, 5).requires_grad_();
  const Tensor factor = torch::randn({2, 6}, torch::kDouble);
  const Tensor soft = soft_top_k(scores, 2, {0.1, true, true});
  (soft * factor).sum().backward();
  const Tensor offsets =
      scores.detach().unsqueeze(1) - torch::tensor({2.0, 1.0, 0.0}, torch::kDouble);
  const double largest = offsets.square().max().item<double>();
  const TransportSettings same{0.1 * largest, true, false};
  EXPECT_TRUE(close(soft, soft_top_k(scores.detach(), 2, same), 1e-11, 0));
  const Tensor expected = by_differences(scores.detach(), [&](const Tensor& moved) {
    return (soft_top_k(moved, 2, same) * factor).sum().item<double>();
  });
  EXPECT_TRUE(close(scores.grad(), expected, 1e-7, 1e-6));
}

TEST(SoftTopK, SpreadsTheChoiceOverTheForegroundAlone) {
  ModelConfig config;
  config.sampler = Sampler::soft_top_k;
  const Tensor scores = drawn_scores(8, 6).unsqueeze(0);
  const Tensor background = torch::tensor({0, 1, 0, 0, 1, 1, 0, 0}).to(torch::kBool);
  const Tensor masked = scores - 87.3 * background.to(torch::kDouble);
  const DrawRequest request{masked, background, {}, 3, 0.5, 0};
  const TopKDraw draw = draw_soft_top_k(config, request);
  EXPECT_EQ(draw.soft.masked_select(background).abs().max().item<double>(), 0);
  EXPECT_TRUE(close(draw.soft.sum(2), torch::ones({3, 1}), 1e-12, 0));
  const Tensor seen = background.logical_not().nonzero().squeeze(1);
  // cost -score·(k-j)/k with epsilon tau, by its own iterations.
  const Tensor kernel = torch::exp(scores[0].index_select(0, seen).unsqueeze(1) *
                                   torch::tensor({3.0, 2.0, 1.0, 0.0}, torch::kDouble) / (3 * 0.5));
  const Tensor mass = torch::tensor({0.2, 0.2, 0.2, 0.4}, torch::kDouble);
  Tensor v = torch::ones({4}, torch::kDouble), u;
  for (int i = 0; i < 2000; ++i) {
    u = 0.2 / torch::mv(kernel, v);
    v = mass / torch::mv(kernel.t(), u);
  }
  const Tensor plan = 5 * u.unsqueeze(1) * kernel * v;
  EXPECT_TRUE(close(draw.soft.squeeze(1).index_select(1, seen), plan.narrow(1, 0, 3).t(), 1e-9, 0));
  EXPECT_TRUE(torch::equal(draw.index.flatten(), std::get<1>(masked[0].topk(3))));
}

TEST(SoftTopK, GoesOnWhereFewerPatchesThanPicksHaveForeground) {
  for (const auto& [normalise, name] : EnumNames<TransportNormalise>::values) {
    ModelConfig config;
    config.transport_normalise = normalise;
    for (const int64_t foreground : {0, 1, 2, 6}) {
      SCOPED_TRACE(::testing::Message() << name << " " << foreground);
      const Tensor background = torch::arange(6) >= foreground;
      Tensor scores = drawn_scores(6, 7).unsqueeze(0) - 87.3 * background.to(torch::kDouble);
      scores.requires_grad_();
      const TopKDraw draw = draw_soft_top_k(config, {scores, background, {}, 3, 1, 0});
      EXPECT_TRUE(close(draw.soft.sum(2), torch::ones({3, 1}), 1e-9, 0));
      draw.soft.square().sum().backward();
      EXPECT_TRUE(torch::isfinite(scores.grad()).all().item<bool>());
    }
  }
}

TEST(SoftTopK, ExploresWithNoiseWhenAsked) {
  ModelConfig config;
  config.transport_exploration = TransportExploration::gumbel;
  const Tensor scores = drawn_scores(6, 8).unsqueeze(0);
  const Tensor noise = gumbel_noise({1, 6}, seeded_generator(9)).to(torch::kDouble);
  const TopKDraw noisy = draw_soft_top_k(config, {scores, {}, noise, 2, 1, 0});
  config.transport_exploration = TransportExploration::none;
  const TopKDraw plain = draw_soft_top_k(config, {scores + noise, {}, noise, 2, 1, 0});
  EXPECT_TRUE(torch::equal(noisy.index, plain.index));
  EXPECT_TRUE(torch::equal(noisy.soft, plain.soft));
}

TEST(SoftTopK, RefusesWhatCannotBe) {
  EXPECT_THROW(soft_top_k(torch::zeros({3}), 4, {}), ConfigError);
  EXPECT_THROW(soft_top_k(torch::zeros({3}), 0, {}), ConfigError);
  EXPECT_THROW(soft_top_k(torch::zeros({3}), 1, {0, true, false}), ConfigError);
  EXPECT_THROW(fill_masked(torch::zeros({2}), torch::ones({2}, torch::kBool)), ConfigError);
}

}  // namespace
}  // namespace nmsw
