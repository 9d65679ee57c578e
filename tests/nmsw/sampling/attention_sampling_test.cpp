#include "nmsw/sampling/attention_sampling.h"

#include <gtest/gtest.h>

#include <cmath>

#include "nmsw/sampling/gumbel.h"
#include "nmsw/sampling/ordered_draws.h"
#include "tests/support/golden.h"

namespace nmsw {
namespace {

using testing::close;

TEST(AttentionEstimate, HasTheExactMeanAndItsGradientsOverAllDraws) {
  torch::manual_seed(1);
  const Tensor scores = torch::randn({5}, torch::kDouble);
  const Tensor features = torch::randn({5, 3}, torch::kDouble);
  const Tensor factor = torch::randn({3}, torch::kDouble);
  const Tensor attention = torch::softmax(scores, 0);
  for (const int64_t draws : {1, 2, 3}) {
    for (const bool again : {false, true}) {
      SCOPED_TRACE(::testing::Message() << draws << " " << again);
      Tensor value = torch::zeros({3}, torch::kDouble), by_attention = torch::zeros_like(scores),
             by_features = torch::zeros_like(features);
      const Tensor picks = every_draw(5, draws, again);
      const Tensor chance =
          draw_log_prob(scores.expand({picks.size(0), 5}), picks.t(), again).exp();
      EXPECT_NEAR(chance.sum().item<double>(), 1, 1e-12);
      for (int64_t d = 0; d < picks.size(0); ++d) {
        const Tensor a = attention.clone().requires_grad_(), f = features.clone().requires_grad_();
        const Tensor one = attention_estimate(a, f, picks[d], again);
        (one * factor).sum().backward();
        value += chance[d] * one.detach();
        by_attention += chance[d] * a.grad();
        by_features += chance[d] * f.grad();
      }
      EXPECT_TRUE(close(value, torch::mv(features.t(), attention), 1e-12, 0));
      EXPECT_TRUE(close(by_attention, torch::mv(features, factor), 1e-12, 0));
      EXPECT_TRUE(close(by_features, torch::outer(attention, factor), 1e-12, 0));
    }
  }
}

TEST(AttentionRatio, IsOneAlsoWhereTheAttentionIsNothing) {
  const Tensor scores = torch::tensor({{60.0F, -87.3F, -10000.0F, 1.0F}}).requires_grad_();
  const Tensor index = torch::tensor({{0}, {1}, {2}});
  const Tensor ratio = attention_ratio(log_attention(scores, 0), index);
  EXPECT_TRUE(torch::equal(ratio, torch::ones({3, 1})));
  ratio.sum().backward();
  // 1 for each drawn patch, less three times the softmax, which is all in the first.
  EXPECT_TRUE(close(scores.grad(), torch::tensor({{-2.0F, 1.0F, 1.0F, 0.0F}}), 1e-6, 0));
}

TEST(LogAttention, SharesPartOfItEqually) {
  const Tensor scores = torch::tensor({{0.3, -1.0, 2.0}}, torch::kDouble);
  const Tensor expected = 0.8 * torch::softmax(scores, 1) + 0.2 / 3;
  EXPECT_TRUE(close(log_attention(scores, 0.2).exp(), expected, 1e-12, 0));
  EXPECT_THROW(log_attention(scores, 1.5), ConfigError);
}

TEST(OrderedDraws, AreAllCounted) {
  EXPECT_EQ(every_draw(5, 3, false).size(0), 5 * 4 * 3);
  EXPECT_EQ(every_draw(5, 3, true).size(0), 5 * 5 * 5);
  EXPECT_TRUE(torch::equal(every_draw(2, 2, false), torch::tensor({{1, 0}, {0, 1}})));
  EXPECT_THROW(every_draw(2, 3, true), ConfigError);
}

TEST(OrderedDraws, ComeAsOftenAsTheirProbabilitySays) {
  constexpr int64_t kTrials = 60000;
  const Tensor scores = torch::tensor({{0.5F, -1.0F, 1.0F}});
  for (const bool again : {false, true}) {
    const Tensor rows = scores.expand({kTrials, 3});
    const std::vector<int64_t> shape =
        again ? std::vector<int64_t>{2, kTrials, 3} : std::vector<int64_t>{kTrials, 3};
    const Tensor drawn = ordered_draws(rows, gumbel_noise(shape, seeded_generator(11)), 2);
    const Tensor picks = every_draw(3, 2, again);
    const Tensor chance = draw_log_prob(scores.expand({picks.size(0), 3}), picks.t(), again).exp();
    for (int64_t d = 0; d < picks.size(0); ++d) {
      const Tensor same = (drawn == picks[d].unsqueeze(1)).all(0);
      const double p = chance[d].item<double>();
      EXPECT_NEAR(same.to(torch::kDouble).mean().item<double>(), p,
                  4 * std::sqrt(p * (1 - p) / kTrials));
    }
  }
}

}  // namespace
}  // namespace nmsw
