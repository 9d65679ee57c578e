#include "nmsw/sampling/estimators.h"

#include <gtest/gtest.h>

#include <cmath>

#include "nmsw/sampling/ordered_draws.h"
#include "tests/support/golden.h"

namespace nmsw {
namespace {

using testing::close;

GradientEstimator estimator_named(const std::string& name) {
  for (const GradientEstimator& estimator : gradient_estimators()) {
    if (estimator.name == name) return estimator;
  }
  ADD_FAILURE() << "no estimator " << name;
  return {};
}

TEST(ExactGradient, IsThatOfTheExpectedWorth) {
  const ChoiceProblem problem = drawn_problem(5, 2, 1, 3);
  for (const bool again : {false, true}) {
    const Tensor gradient = exact_gradient(problem, again);
    EXPECT_NEAR(gradient.sum().item<double>(), 0, 1e-12) << "a shift of the scores changes nothing";
    const auto expected_worth = [&](const Tensor& scores) {
      const Tensor draws = every_draw(5, 2, again), a = torch::softmax(scores, 0);
      double sum = 0;
      for (int64_t d = 0; d < draws.size(0); ++d) {
        const auto first = draws[d][0].item<int64_t>(), second = draws[d][1].item<int64_t>();
        const double left = again ? 1 : 1 - a[first].item<double>();
        sum += a[first].item<double>() * a[second].item<double>() / left *
               (problem.worth[first] + problem.worth[second]).item<double>();
      }
      return sum;
    };
    for (int64_t i = 0; i < 5; ++i) {
      Tensor above = problem.scores.clone(), below = problem.scores.clone();
      above[i] += 1e-5;
      below[i] -= 1e-5;
      EXPECT_NEAR(gradient[i].item<double>(),
                  (expected_worth(above) - expected_worth(below)) / 2e-5, 1e-8);
    }
  }
}

TEST(GradientEstimators, AreUnbiasedWhereTheyShouldBe) {
  const ChoiceProblem problem = drawn_problem(6, 2, 1.5, 4);
  for (const char* name :
       {"score_function, baseline none", "score_function, baseline the mean",
        "score_function, baseline none, with replacement",
        "score_function, baseline the mean, with replacement", "attention, with replacement"}) {
    const GradientQuality found = gradient_quality(estimator_named(name), problem, 10, 1);
    EXPECT_NEAR(found.cosine, 1, 1e-12) << name;
    EXPECT_NEAR(found.length, 1, 1e-12) << name;
    EXPECT_GT(found.noise, 0) << name;
  }
  // Of one pick without replacement as well.
  const ChoiceProblem one = drawn_problem(6, 1, 1.5, 5);
  EXPECT_NEAR(gradient_quality(estimator_named("attention"), one, 10, 1).cosine, 1, 1e-12);
  const GradientQuality pairs = gradient_quality(
      estimator_named("score_function, baseline leave_one_out, 2 draws"), problem, 40000, 1);
  EXPECT_NEAR(pairs.cosine, 1, 0.002);
  EXPECT_NEAR(pairs.length, 1, 4 * pairs.noise / std::sqrt(40000.0));
}

/// Cosine, length and noise, means of six problems of 3 of 10 candidates, at a spread of the scores
/// of 0.3 and 2; from another implementation, with other problems.
struct PublishedRow {
  const char* name;
  std::array<double, 2> cosine, length, noise;
};
const std::vector<PublishedRow> kPublishedRows{
    {"gumbel_top_k, paper, tau 2", {0.996, 0.867}, {0.11, 0.22}, {0.18, 0.22}},
    {"gumbel_top_k, paper, tau 0.667", {0.998, 0.928}, {0.40, 0.61}, {0.73, 0.85}},
    {"gumbel_top_k, paper, tau 0.333", {0.999, 0.953}, {0.65, 0.81}, {1.4, 1.6}},
    {"gumbel_top_k, authors, tau 0.667", {0.998, 0.935}, {0.71, 1.11}, {1.1, 1.3}},
    {"gumbel_top_k, straight_through, tau 0.667", {1.000, 0.979}, {1.24, 1.48}, {1.1, 1.3}},
    {"score_function, baseline none", {1, 1}, {1, 1}, {3.8, 4.1}},
    {"score_function, baseline the mean", {1, 1}, {1, 1}, {2.9, 2.8}},
    {"attention", {0.999, 0.902}, {1.16, 1.62}, {1.8, 2.2}},
    {"perturbed_top_k, sigma 1, baseline none", {0.999, 0.986}, {1.35, 1.11}, {0.33, 0.39}},
    {"perturbed_top_k, sigma 1, baseline leave_one_out",
     {0.999, 0.986},
     {1.35, 1.11},
     {0.26, 0.25}},
    {"perturbed_top_k, sigma 0.3, baseline none", {0.948, 0.591}, {3.7, 1.8}, {1.0, 1.2}},
    {"perturbed_top_k, sigma 0.3, baseline leave_one_out",
     {0.949, 0.693},
     {3.7, 1.8},
     {0.75, 0.38}},
    {"soft_top_k, normalise max, epsilon 0.1", {0.979, 0.982}, {2.3, 0.79}, {0, 0}},
    {"soft_top_k, normalise none, tau 2", {0.994, 0.887}, {0.27, 0.35}, {0, 0}},
    {"soft_top_k, normalise none, tau 0.667", {1.000, 0.982}, {0.80, 0.75}, {0, 0}},
    {"soft_top_k, normalise none, tau 0.333", {0.996, 0.992}, {1.52, 1.03}, {0, 0}}};

/// |mean of `values` - published mean of six| within three standard errors of the difference, and
/// the last printed digit.
void expect_near(const std::vector<double>& values, double published, double digit) {
  const auto count = static_cast<double>(values.size());
  double mean = 0, square = 0;
  for (const double value : values) mean += value / count;
  for (const double value : values) square += (value - mean) * (value - mean) / (count - 1);
  EXPECT_NEAR(mean, published, 3 * std::sqrt(square * (1.0 / 6 + 1 / count)) + digit);
}

TEST(GradientEstimators, HaveTheBiasAndTheNoiseThatAnotherImplementationFound) {
  constexpr int64_t kProblems = 12, kDraws = 1000;
  constexpr std::array<double, 2> kSpreads{0.3, 2};
  for (const PublishedRow& row : kPublishedRows) {
    const GradientEstimator estimator = estimator_named(row.name);
    for (size_t s = 0; s < kSpreads.size(); ++s) {
      SCOPED_TRACE(::testing::Message() << row.name << ", spread " << kSpreads[s]);
      std::vector<double> cosine, length, noise;
      for (int64_t i = 0; i < kProblems; ++i) {
        const ChoiceProblem problem =
            drawn_problem(10, 3, kSpreads[s], static_cast<uint64_t>(100 + i));
        const GradientQuality found =
            gradient_quality(estimator, problem, kDraws, static_cast<uint64_t>(i));
        cosine.push_back(found.cosine);
        length.push_back(found.length);
        noise.push_back(found.noise);
      }
      expect_near(cosine, row.cosine[s], 0.003);
      expect_near(length, row.length[s], 0.05);
      expect_near(noise, row.noise[s], 0.05);
    }
  }
}

TEST(MeanQualities, HaveNoBiasButThatOfTheNormalisedWeights) {
  const ChoiceProblem problem = drawn_problem(6, 2, 1, 6);
  constexpr int64_t kDraws = 20000;
  for (const MeanQuality& found : mean_qualities(problem, kDraws, 7)) {
    const bool enumerated = found.name.rfind("attention", 0) == 0;
    const double allowed = enumerated ? 1e-12 : 4 * found.noise / std::sqrt(kDraws);
    if (found.name != "inclusion weights, normalised") {
      EXPECT_NEAR(found.bias, 0, allowed) << found.name;
    }
    EXPECT_GT(found.noise, 0) << found.name;
  }
  // Two independent draws: the deviation of one over √2.
  EXPECT_NEAR(mean_qualities(problem, 2, 7).front().noise, std::sqrt(0.5), 1e-12);
}

}  // namespace
}  // namespace nmsw
