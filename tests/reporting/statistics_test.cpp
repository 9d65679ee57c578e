#include "reporting/statistics.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

namespace nmsw::reporting {
namespace {

PairedDifferences one_seed(const std::vector<double>& values) {
  PairedDifferences differences;
  for (const double value : values) differences.push_back({value});
  return differences;
}

/// Two-sided p by trying every assignment of signs.
double enumerated_p(const std::vector<double>& differences) {
  const auto rank_of = [&](double value) {
    double below = 0, equal = 0;
    for (const double other : differences) {
      below += std::fabs(other) < std::fabs(value) ? 1 : 0;
      equal += std::fabs(other) == std::fabs(value) ? 1 : 0;
    }
    return below + (equal + 1) / 2;
  };
  const size_t n = differences.size();
  double total = 0, observed = 0;
  for (const double difference : differences) {
    total += rank_of(difference);
    if (difference > 0) observed += rank_of(difference);
  }
  int64_t as_far = 0;
  const int64_t assignments = int64_t{1} << n;
  for (int64_t signs = 0; signs < assignments; ++signs) {
    double sum = 0;
    for (size_t i = 0; i < n; ++i) {
      if (((signs >> i) & 1) != 0) sum += rank_of(differences[i]);
    }
    if (std::fabs(sum - total / 2) >= std::fabs(observed - total / 2)) ++as_far;
  }
  return static_cast<double>(as_far) / static_cast<double>(assignments);
}

TEST(Wilcoxon, GivesThePublishedValueOfDarwinsMaize) {
  // Heights of 15 pairs of Zea mays, in eighths of an inch (Fisher, The Design of Experiments).
  const SignedRankTest test =
      wilcoxon_signed_rank({49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48});
  EXPECT_EQ(test.rank_sum, 96);
  EXPECT_TRUE(test.is_exact);
  EXPECT_NEAR(test.p, 0.041259765625, 1e-12);
}

TEST(Wilcoxon, GivesThePublishedValueOfTheDepressionData) {
  // Hollander and Wolfe (1973), Table 3.1: V = 40, one-sided p = 0.0195.
  const std::vector<double> before{1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30},
      after{0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29};
  std::vector<double> differences;
  for (size_t i = 0; i < before.size(); ++i) differences.push_back(before[i] - after[i]);
  const SignedRankTest test = wilcoxon_signed_rank(differences);
  EXPECT_EQ(test.rank_sum, 40);
  EXPECT_NEAR(test.p, 2 * 0.01953125, 1e-12);
}

TEST(Wilcoxon, EqualsTheEnumerationOfAllSignsTiesIncluded) {
  for (const std::vector<double>& differences : {std::vector<double>{0.3},
                                                 {1, 2, 3, 4, 5, 6},
                                                 {1, -2, 3, -4, 5, 6, 7},
                                                 {0.5, 0.5, -0.5, 1, 1, -2, 2, 2, 3},
                                                 {1, -1, 1, -1},
                                                 {-1, -1, -1, 4, 9, 9, -9, 2, 2, 7}}) {
    EXPECT_NEAR(wilcoxon_signed_rank(differences).p, enumerated_p(differences), 1e-12)
        << differences.size();
  }
}

TEST(Wilcoxon, LeavesZerosOut) {
  const SignedRankTest test = wilcoxon_signed_rank({0, 1, 2, 0, 3, 4, 5, 6, 0});
  EXPECT_EQ(test.pairs, 6u);
  EXPECT_EQ(test.rank_sum, 21);
  EXPECT_NEAR(test.p, 2.0 / 64, 1e-12) << "the fewest pairs that reach 5 %";
  EXPECT_EQ(wilcoxon_signed_rank({0, 0}).p, 1);
  EXPECT_EQ(wilcoxon_signed_rank({}).p, 1);
}

TEST(Wilcoxon, TakesTheNormalDistributionForManyPairs) {
  // 1 … 30 with 5, 10, 15, 20, 25, 30 negative: W+ = 465 - 105 = 360, mean 232.5, variance
  // 30·31·61/24 = 2363.75, z = (127.5 - 0.5) / 48.6184 = 2.612178.
  std::vector<double> differences;
  for (int i = 1; i <= 30; ++i) differences.push_back(i % 5 == 0 ? -i : i);
  const SignedRankTest test = wilcoxon_signed_rank(differences);
  EXPECT_FALSE(test.is_exact);
  EXPECT_EQ(test.rank_sum, 360);
  EXPECT_NEAR(test.p, std::erfc(127 / std::sqrt(2 * 2363.75)), 1e-12);
  EXPECT_NEAR(test.p, 0.00900, 5e-5);
}

TEST(Wilcoxon, CorrectsTheNormalVarianceForTies) {
  // 28 differences of size 1 (20 positive): every rank 14.5, W+ = 290, mean 203, variance
  // 28·29·57/24 - (28³ - 28)/48 = 1928.5 - 456.75 = 1471.75.
  std::vector<double> differences(28, 1.0);
  std::fill_n(differences.begin(), 8, -1.0);
  const SignedRankTest test = wilcoxon_signed_rank(differences);
  EXPECT_EQ(test.rank_sum, 290);
  EXPECT_NEAR(test.p, std::erfc(86.5 / std::sqrt(2 * 1471.75)), 1e-12);
}

/// Share of all equally likely resamples whose mean is `at_most` or less.
double enumerated_share(const std::vector<double>& values, double at_most) {
  const size_t n = values.size();
  size_t resamples = 1, below = 0;
  for (size_t i = 0; i < n; ++i) resamples *= n;
  for (size_t code = 0; code < resamples; ++code) {
    double sum = 0;
    for (size_t i = 0, rest = code; i < n; ++i, rest /= n) sum += values[rest % n];
    if (sum / static_cast<double>(n) <= at_most + 1e-12) ++below;
  }
  return static_cast<double>(below) / static_cast<double>(resamples);
}

TEST(Bootstrap, EndsAtThePercentilesOfAllResamples) {
  const std::vector<double> values{0.011, -0.023, 0.037, 0.052, 0.003, 0.019};
  const Interval found = bootstrap_mean(one_seed(values), 20000);
  EXPECT_NEAR(found.mean, 0.0165, 1e-12);
  EXPECT_NEAR(enumerated_share(values, found.low), 0.025, 0.005);
  EXPECT_NEAR(enumerated_share(values, found.high), 0.975, 0.005);
}

TEST(Bootstrap, IsThePointItselfWhereNothingVaries) {
  const Interval found = bootstrap_mean(one_seed(std::vector<double>(8, -0.25)));
  EXPECT_EQ(found.mean, -0.25);
  EXPECT_EQ(found.low, -0.25);
  EXPECT_EQ(found.high, -0.25);
}

TEST(Bootstrap, GivesTheSameIntervalAgain) {
  const PairedDifferences differences = one_seed({1, 2, 4, 8, 16, 32, 64});
  EXPECT_EQ(bootstrap_mean(differences).low, bootstrap_mean(differences).low);
  EXPECT_EQ(bootstrap_mean(differences).high, bootstrap_mean(differences).high);
}

TEST(Bootstrap, DrawsSeedsTooSoThatLuckOfATrainingShows) {
  // Every case says +1 under the first seed and -1 under the second: with both seeds drawn alike
  // a quarter of the time, the means are -1, 0 and 1.
  const Interval found = bootstrap_mean(PairedDifferences(20, {1.0, -1.0}));
  EXPECT_EQ(found.mean, 0);
  EXPECT_EQ(found.low, -1);
  EXPECT_EQ(found.high, 1);
}

TEST(Bootstrap, AveragesTheSeedsOfACase) {
  EXPECT_EQ(case_means({{1, 3}, {-2, 0}}), (std::vector<double>{2, -1}));
}

}  // namespace
}  // namespace nmsw::reporting
