#include "nmsw/sampling/score_function.h"

#include <gtest/gtest.h>

#include <cmath>

#include "nmsw/sampling/gumbel.h"
#include "nmsw/sampling/inclusion_weights.h"
#include "nmsw/sampling/ordered_draws.h"
#include "tests/support/golden.h"

namespace nmsw {
namespace {

using testing::close;

TEST(ScoreFunction, HasTheGradientOfTheExpectedLossWhateverTheBaseline) {
  torch::manual_seed(1);
  const Tensor scores = torch::randn({5}, torch::kDouble);
  for (const bool again : {false, true}) {
    const Tensor draws = every_draw(5, 2, again);
    const Tensor loss = torch::rand({draws.size(0)}, torch::kDouble);
    const auto chances = [&](const Tensor& row) {
      return draw_log_prob(row.expand({draws.size(0), 5}), draws.t(), again);
    };
    const Tensor exact = scores.clone().requires_grad_();
    (chances(exact).exp() * loss).sum().backward();
    const Tensor chance = chances(scores).exp();
    for (const double baseline : {0.0, 0.7}) {
      Tensor mean = torch::zeros_like(scores);
      for (int64_t d = 0; d < draws.size(0); ++d) {
        const Tensor row = scores.clone().requires_grad_();
        const Tensor term =
            score_function_term(draw_log_prob(row.unsqueeze(0), draws[d].unsqueeze(1), again)[0],
                                loss[d], torch::full({}, baseline, torch::kDouble));
        EXPECT_EQ(term.item<double>(), 0);
        term.backward();
        mean += chance[d] * row.grad();
      }
      EXPECT_TRUE(close(mean, exact.grad(), 1e-12, 0));
    }
  }
}

TEST(ScoreFunction, LeavesEachLossOutOfItsOwnBaseline) {
  torch::manual_seed(2);
  const Tensor log_prob = torch::randn({4}, torch::kDouble).requires_grad_();
  const Tensor loss = torch::rand({4}, torch::kDouble);
  leave_one_out_term(log_prob, loss).backward();
  for (int64_t s = 0; s < 4; ++s) {
    const double others = (loss.sum() - loss[s]).item<double>() / 3;
    EXPECT_NEAR(log_prob.grad()[s].item<double>(), (loss[s].item<double>() - others) / 4, 1e-12);
  }
  EXPECT_THROW(leave_one_out_term(torch::zeros({1}), torch::zeros({1})), ConfigError);
}

TEST(ScoreFunction, StaysFiniteWhereOnlyMaskedPatchesAreLeft) {
  Tensor scores = torch::tensor({{1.0F, -87.3F, -10000.0F}}).requires_grad_();
  const Tensor index = torch::tensor({{0}, {1}, {2}});
  draw_log_prob(scores, index, false).sum().backward();
  EXPECT_TRUE(torch::isfinite(scores.grad()).all().item<bool>());
  EXPECT_NEAR(draw_log_prob(scores, index, false)[0].item<double>(), 0, 1e-5)
      << "the order is certain";
}

TEST(InclusionWeights, EstimateASumWithoutBias) {
  constexpr int64_t kTrials = 40000;
  const Tensor log_prob =
      torch::log_softmax(torch::tensor({1.0, 0.0, -0.5, 0.3, 2.0}, torch::kDouble), 0);
  const Tensor values = torch::tensor({1.0, -2.0, 0.5, 3.0, 0.2}, torch::kDouble);
  const double exact = (log_prob.exp() * values).sum().item<double>();
  const Tensor noise = gumbel_noise({kTrials, 5}, seeded_generator(3)).to(torch::kDouble);
  double sum = 0, squares = 0;
  for (int64_t i = 0; i < kTrials; ++i) {
    const InclusionSample sample = inclusion_sample(log_prob, noise[i], 2);
    const double one = inclusion_estimate(sample, log_prob, values, false).item<double>();
    sum += one, squares += one * one;
  }
  const double mean = sum / kTrials;
  EXPECT_NEAR(mean, exact, 4 * std::sqrt((squares / kTrials - mean * mean) / kTrials));
  const InclusionSample all = inclusion_sample(log_prob, noise[0], 5);
  EXPECT_NEAR(inclusion_estimate(all, log_prob, values, false).item<double>(), exact, 1e-12);
  EXPECT_NEAR(inclusion_estimate(all, log_prob, values, true).item<double>(), exact, 1e-12);
  EXPECT_THROW(inclusion_sample(log_prob, noise[0], 6), ConfigError);
}

}  // namespace
}  // namespace nmsw
