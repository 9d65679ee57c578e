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

TEST(PairedDifferences, AreAveragedOverSeedsAndOverCases) {
  const PairedDifferences differences{{1, 3}, {-2, 0}};
  EXPECT_EQ(case_means(differences), (std::vector<double>{2, -1}));
  EXPECT_EQ(seed_means(differences), (std::vector<double>{-0.5, 1.5}));
}

TEST(PairedDifferences, OfFewCasesAreInsideNoiseByTheirSeeds) {
  EXPECT_FALSE(is_inside_noise({{0.1}, {-0.1}})) << "one seed: nothing to test";
  EXPECT_TRUE(is_inside_noise({{0.1, -0.1}, {0.2, -0.1}}));
  EXPECT_FALSE(is_inside_noise({{0.1, 0.1001}, {0.2, 0.1999}}));
}

TEST(PairedDifferences, AreComparedFromSixCasesOn) {
  const PairedDifferences five = one_seed({1, 2, 3, 4, 5});
  EXPECT_FALSE(compare_pairs(five).interval);
  EXPECT_EQ(compare_pairs(five).mean, 3);
  // Mean 3.5, s² = 3.5, t(0.975, 5) = 2.570582; the values are symmetric.
  const PairedComparison six = compare_pairs(one_seed({1, 2, 3, 4, 5, 6}));
  ASSERT_TRUE(six.interval);
  EXPECT_NEAR(six.interval->low, 3.5 - 2.570582 * std::sqrt(3.5 / 6), 1e-6);
  EXPECT_NEAR(six.interval->high, 3.5 + 2.570582 * std::sqrt(3.5 / 6), 1e-6);
}

}  // namespace
}  // namespace nmsw::reporting
