#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

#include "nmsw/sampling/draws_with_replacement.h"
#include "nmsw/sampling/gumbel.h"
#include "nmsw/sampling/gumbel_top_k.h"
#include "nmsw/sampling/perturbed_top_k.h"
#include "nmsw/sampling/sampler.h"
#include "tests/support/golden.h"

namespace nmsw {
namespace {

using testing::close;

Tensor normal_noise(torch::IntArrayRef shape, uint64_t seed) {
  return torch::randn(shape, seeded_generator(seed), torch::kFloat);
}

TEST(PerturbedTopK, EqualsTheDefinitionSampleBySample) {
  constexpr int64_t kSamples = 7, kRows = 2, kPatches = 5, kPicks = 3;
  const double sigma = 0.7;
  const Tensor scores = normal_noise({kRows, kPatches}, 1).requires_grad_();
  const Tensor noise = normal_noise({kSamples, kRows, kPatches}, 2);
  const Tensor factor = normal_noise({kPicks, kRows, kPatches}, 3);
  Tensor shares = torch::zeros({kPicks, kRows, kPatches}),
         gradient = torch::zeros({kRows, kPatches});
  std::set<int64_t> first;  // of row 0
  for (int64_t s = 0; s < kSamples; ++s) {
    for (int64_t b = 0; b < kRows; ++b) {
      const Tensor perturbed = scores.detach()[b] + sigma * noise[s][b];
      const std::vector<int64_t> order = rank_patches(perturbed);
      const std::set<int64_t> chosen(order.begin(), order.begin() + kPicks);
      if (s == 0 && b == 0) first = chosen;
      int64_t place = 0;
      for (const int64_t p : chosen) {
        shares[place][b][p] += 1.0 / kSamples;
        gradient[b] += factor[place][b][p] * noise[s][b] / (kSamples * sigma);
        ++place;
      }
    }
  }
  const TopKDraw draw = perturbed_top_k(scores, noise, kPicks, sigma);
  EXPECT_TRUE(close(draw.soft, shares, 1e-6, 0));
  (draw.soft * factor).sum().backward();
  EXPECT_TRUE(close(scores.grad(), gradient, 1e-6, 0));
  int64_t place = 0;
  for (const int64_t p : first) {
    EXPECT_EQ(draw.index[place][0].item<int64_t>(), p);
    EXPECT_EQ(draw.hard[place][0][p].item<double>(), 1.0);
    ++place;
  }
  EXPECT_EQ(draw.hard.sum().item<double>(), kPicks * kRows);
}

TEST(PerturbedTopK, TendsToTheClosedFormOfTwoCandidates) {
  // The first of two is the larger with probability Φ(d/(σ√2)), d the difference of the scores.
  const double sigma = 0.8, difference = 0.5, scale = sigma * std::sqrt(2.0);
  constexpr int64_t kSamples = 400000;
  const Tensor scores = torch::tensor({{difference, 0.0}}).to(torch::kFloat).requires_grad_();
  const TopKDraw draw = perturbed_top_k(scores, normal_noise({kSamples, 1, 2}, 4), 1, sigma);
  const double x = difference / scale;
  const double probability = 0.5 * std::erfc(-x / std::sqrt(2.0));
  const double density = std::exp(-x * x / 2) / std::sqrt(2 * M_PI) / scale;
  const double four_deviations = 4 / std::sqrt(static_cast<double>(kSamples));
  EXPECT_NEAR(draw.soft[0][0][0].item<double>(), probability, 0.5 * four_deviations);
  draw.soft[0][0][0].backward();
  EXPECT_NEAR(scores.grad()[0][0].item<double>(), density, four_deviations / sigma);
  EXPECT_NEAR(scores.grad()[0][1].item<double>(), -density, four_deviations / sigma);
}

TEST(PerturbedTopK, GivesEqualCandidatesEveryPairAsOftenInTheOrderOfTheirIndex) {
  // {0,1}, {0,2} and {1,2} come each a third of the time, lowest index first.
  const TopKDraw draw =
      perturbed_top_k(torch::zeros({1, 3}), normal_noise({90000, 1, 3}, 5), 2, 0.3);
  const Tensor expected = torch::tensor({{2.0, 1.0, 0.0}, {0.0, 1.0, 2.0}}) / 3.0;
  EXPECT_TRUE(close(draw.soft.squeeze(1), expected, 0.01, 0));
  EXPECT_EQ(draw.soft[0][0][2].item<double>(), 0.0);
}

TEST(PerturbedTopK, RefusesWhatCannotBe) {
  const Tensor scores = torch::zeros({1, 3}), noise = torch::zeros({2, 1, 3});
  EXPECT_THROW(perturbed_top_k(scores, noise, 4, 1), ConfigError);
  EXPECT_THROW(perturbed_top_k(scores, noise, 2, 0), ConfigError);
  EXPECT_THROW(perturbed_top_k(scores, torch::zeros({1, 3}), 2, 1), ShapeError);
}

TEST(PerturbedTopK, LeavesTheMeanOfTheOthersOutWithoutMovingTheExpectation) {
  // Over many sets of 4 samples both gradients have the mean of all samples'; the centred one
  // scatters less where all picks are worth something.
  constexpr int64_t kSets = 4000;
  const Tensor scores = torch::tensor({{0.4, 0.0, -0.3}}, torch::kFloat);
  const Tensor worth = torch::tensor({3.0, 2.5, 2.0}, torch::kFloat);
  std::map<PerturbationBaseline, Tensor> found;
  for (const auto& [baseline, name] : EnumNames<PerturbationBaseline>::values) {
    const Tensor rows = scores.expand({kSets, 3}).clone().requires_grad_();
    const TopKDraw draw = perturbed_top_k(rows, normal_noise({4, kSets, 3}, 6), 1, 0.8, baseline);
    (draw.soft * worth).sum().backward();
    found[baseline] = rows.grad();
  }
  const Tensor &plain = found[PerturbationBaseline::none],
               &centred = found[PerturbationBaseline::leave_one_out];
  const auto deviation = [](const Tensor& rows) {
    return (rows - rows.mean(0)).square().mean(0).sqrt();
  };
  const Tensor standard_error = deviation(plain) / std::sqrt(static_cast<double>(kSets));
  EXPECT_TRUE(((plain.mean(0) - centred.mean(0)).abs() < 4 * standard_error).all().item<bool>());
  EXPECT_TRUE((deviation(centred) < 0.5 * deviation(plain)).all().item<bool>());
  EXPECT_THROW(perturbed_top_k(scores, normal_noise({1, 1, 3}, 1), 1, 1,
                               PerturbationBaseline::leave_one_out),
               ConfigError);
}

TEST(PerturbedTopK, ScalesTheScoresOfTheForegroundAndKeepsTheOthersBelow) {
  const Tensor scores = torch::tensor({{5.0, -87.0, 1.0, 3.0}}, torch::kDouble);
  const Tensor background = torch::tensor({0, 1, 0, 0}).to(torch::kBool);
  const Tensor scaled = min_max_scores(scores, background)[0];
  const double range = 4 + 1e-5;
  EXPECT_NEAR(scaled[0].item<double>(), 4 / range, 1e-12);
  EXPECT_NEAR(scaled[2].item<double>(), 0, 1e-12);
  EXPECT_NEAR(scaled[3].item<double>(), 2 / range, 1e-12);
  EXPECT_LT(scaled[1].item<double>(), -80);
  // All alike, and nothing but background: no division by 0.
  EXPECT_EQ(min_max_scores(torch::ones({1, 3}), {}).abs().max().item<double>(), 0);
  EXPECT_TRUE(
      torch::isfinite(min_max_scores(scores, torch::ones({4}, torch::kBool))).all().item<bool>());
}

TEST(PerturbedTopK, LowersItsNoiseOverTheEpochs) {
  ModelConfig config;
  config.perturbation_sigma = 0.8;
  EXPECT_EQ(perturbation_sigma(config, 0.5), 0.8);
  config.perturbation_sigma_end = 0;
  EXPECT_DOUBLE_EQ(perturbation_sigma(config, 0), 0.8);
  EXPECT_DOUBLE_EQ(perturbation_sigma(config, 0.75), 0.2);
}

TEST(DrawsWithReplacement, ComeAsOftenAsTheSoftmaxSays) {
  constexpr int64_t kDraws = 60000;
  const Tensor scores = torch::tensor({{0.5F, -1.0F, 2.0F, 0.0F}});
  const TopKDraw draw =
      draws_with_replacement(scores, gumbel_noise({kDraws, 1, 4}, seeded_generator(6)), 0.5);
  const Tensor shares = draw.hard.mean(0);
  EXPECT_TRUE(close(shares, torch::softmax(scores, 1), 4 * 0.5 / std::sqrt(kDraws), 0));
  EXPECT_TRUE(torch::equal(draw.hard.argmax(2), draw.index));
}

TEST(DrawsWithReplacement, AreIndependentAndCanRepeat) {
  const Tensor scores = torch::tensor({{3.0F, 0.0F, -2.0F}});
  const Tensor noise = gumbel_noise({6, 1, 3}, seeded_generator(7));
  const TopKDraw draw = draws_with_replacement(scores, noise, 0.7);
  std::set<int64_t> different;
  for (int64_t k = 0; k < 6; ++k) {
    const TopKDraw alone = gumbel_top_k(scores, noise[k], 1, 0.7, DrawnRemoval::exact);
    EXPECT_TRUE(torch::equal(draw.index[k], alone.index[0]));
    EXPECT_TRUE(close(draw.soft[k], alone.soft[0], 1e-6, 0));
    different.insert(draw.index[k][0].item<int64_t>());
  }
  EXPECT_LT(different.size(), 6U);  // six draws of three
}

TEST(Sampler, DrawsFittingNoiseForEveryKind) {
  for (const auto& [sampler, name] : EnumNames<Sampler>::values) {
    SCOPED_TRACE(name);
    ModelConfig config;
    config.sampler = sampler;
    config.perturbation_samples = 9;
    const Tensor noise = draw_noise(config, 4, 6, seeded_generator(8));
    EXPECT_TRUE(torch::equal(noise, draw_noise(config, 4, 6, seeded_generator(8))));
    const TopKDraw draw = draw_patches(config, {torch::zeros({1, 6}), {}, noise, 4, 1, 0});
    EXPECT_EQ(draw.index.sizes(), (std::vector<int64_t>{4, 1}));
    EXPECT_EQ(draw.hard.sizes(), (std::vector<int64_t>{4, 1, 6}));
    EXPECT_TRUE(close(draw.soft.sum(2), torch::ones({4, 1}), 1e-6, 0));
    EXPECT_EQ(draw.ratio.defined(), sampler == Sampler::attention);
    EXPECT_EQ(draw.log_prob.defined(), sampler == Sampler::score_function);
    EXPECT_THROW(draw_patches(config, {torch::zeros({1, 3}), {}, noise, 4, 1, 0}), Error);
  }
}

TEST(Sampler, DrawsSoManyTimesAsItsBaselineNeeds) {
  ModelConfig config;
  config.sampler = Sampler::score_function;
  config.score_function_baseline = ScoreFunctionBaseline::leave_one_out;
  config.score_function_draws = 3;
  for (const bool again : {false, true}) {
    config.draw_with_replacement = again;
    const Tensor noise = draw_noise(config, 4, 6, seeded_generator(8));
    const TopKDraw draw = draw_patches(config, {torch::zeros({1, 6}), {}, noise, 4, 1, 0});
    EXPECT_EQ(draw.log_prob.sizes(), (std::vector<int64_t>{3, 1}));
    EXPECT_EQ(draw.other_index.sizes(), (std::vector<int64_t>{2, 4, 1}));
  }
}

}  // namespace
}  // namespace nmsw
