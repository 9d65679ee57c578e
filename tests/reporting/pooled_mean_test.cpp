#include "reporting/pooled_mean.h"

#include <cmath>
#include <functional>

#include <gtest/gtest.h>

#include "nmsw/base/seed.h"
#include "reporting/student.h"

namespace nmsw::reporting {
namespace {

TEST(Student, GivesPublishedQuantiles) {
  // Fisher and Yates, Statistical Tables, table III.
  EXPECT_NEAR(student_quantile(0.975, 1), 12.706205, 1e-6);
  EXPECT_NEAR(student_quantile(0.975, 5), 2.570582, 1e-6);
  EXPECT_NEAR(student_quantile(0.95, 10), 1.812461, 1e-6);
  EXPECT_NEAR(student_quantile(0.025, 30), -2.042272, 1e-6);
  EXPECT_NEAR(student_quantile(0.975, 1e6), 1.959966, 1e-6);
  EXPECT_EQ(student_cdf(0, 3), 0.5);
}

TEST(Student, HasClosedFormsForOneAndTwoDegrees) {
  for (const double t : {-7.0, -0.3, 0.4, 2.5, 40.0}) {
    EXPECT_NEAR(student_cdf(t, 1), 0.5 + std::atan(t) / M_PI, 1e-12);
    EXPECT_NEAR(student_cdf(t, 2), 0.5 + t / (2 * std::sqrt(2 + t * t)), 1e-12);
  }
}

TEST(PooledMean, AddsVariancesAfterWelchAndSatterthwaite) {
  // Means 2 and 10; s²/n: 1/3 and 4/2... of {1,2,3} and {8,12}: variances 1 and 8.
  const PooledMean pooled = pool({{{1, 2, 3}, {}}, {{8, 12}, {}}});
  const double first = 1.0 / 3 / 4, second = 8.0 / 2 / 4;
  EXPECT_EQ(pooled.mean, 6);
  EXPECT_NEAR(pooled.error, std::sqrt(first + second), 1e-12);
  EXPECT_NEAR(pooled.degrees,
              (first + second) * (first + second) / (first * first / 2 + second * second / 1),
              1e-12);
  EXPECT_EQ(pooled.cases, 5u);
  EXPECT_EQ(pooled.datasets, 2u);
}

TEST(PooledMean, IncludesTheNoiseOfTheTrainingFromThreeSeedsOn) {
  const std::vector<double> cases{1, 2, 3, 4, 5, 6};
  const PooledMean two = pool({{cases, {0, 7}}}), three = pool({{cases, {2.5, 3.5, 4.5}}});
  EXPECT_FALSE(two.has_training_noise);
  EXPECT_NEAR(two.error, std::sqrt(3.5 / 6), 1e-12);
  EXPECT_TRUE(three.has_training_noise);
  EXPECT_NEAR(three.error, std::sqrt(3.5 / 6 + 1.0 / 3), 1e-12);
}

TEST(PooledMean, IsThePointItselfWhereNothingVaries) {
  const PooledMean pooled = pool({{std::vector<double>(8, -0.25), {}}});
  const Interval interval = confidence_interval(pooled);
  EXPECT_EQ(interval.low, -0.25);
  EXPECT_EQ(interval.high, -0.25);
  EXPECT_EQ(p_below(pooled, 0), 0);
  EXPECT_EQ(p_above(pooled, 0), 1);
  EXPECT_EQ(p_above(pooled, -0.25), 1) << "equal is not above";
}

TEST(PooledMean, ReachesFartherOnTheSideOfTheLongTail) {
  const PooledMean pooled = pool({{{0, 0.1, 0.2, 0.1, 0, 0.2, 0.1, 3}, {}}});
  const Interval interval = confidence_interval(pooled);
  const double t = student_quantile(0.975, pooled.degrees) * pooled.error;
  EXPECT_GT(pooled.skewness, 0);
  EXPECT_GT(interval.high - interval.mean, 1.5 * t);
  EXPECT_NEAR(interval.mean - interval.low, t, 1e-12);
}

TEST(PooledMean, TestsAsItsIntervalSays) {
  uint64_t random = 5;
  for (int i = 0; i < 200; ++i) {
    CaseSample sample;
    for (int n = 0; n < 9; ++n) sample.cases.push_back(0.4 + std::exp(next_normal(random)) - 1.5);
    const PooledMean pooled = pool({sample});
    const Interval interval = confidence_interval(pooled);
    EXPECT_EQ(interval.low > 0, p_above(pooled, 0) < 0.025) << i;
    EXPECT_EQ(interval.high < 0, p_below(pooled, 0) < 0.025) << i;
  }
}

TEST(Holm, CorrectsForTheNumberOfTests) {
  EXPECT_EQ(holm({0.01, 0.04, 0.03}), (std::vector<double>{0.03, 0.06, 0.06}));
  EXPECT_EQ(holm({0.9, 0.8}), (std::vector<double>{1, 1}));
  EXPECT_TRUE(holm({}).empty());
}

/// Share of made databases of three data sets whose interval leaves out the true mean.
double wrong_share(const std::function<double(uint64_t&)>& draw, double truth, size_t cases) {
  constexpr int kDatabases = 2000;
  uint64_t random = derive_seed(0, {"coverage"});
  int wrong = 0;
  for (int i = 0; i < kDatabases; ++i) {
    std::vector<CaseSample> samples(3);
    for (CaseSample& sample : samples) {
      for (size_t n = 0; n < cases; ++n) sample.cases.push_back(draw(random));
    }
    const Interval interval = confidence_interval(pool(samples));
    wrong += truth < interval.low || truth > interval.high ? 1 : 0;
  }
  return static_cast<double>(wrong) / kDatabases;
}

double student_3(uint64_t& random) {
  const double numerator = next_normal(random);
  double square = 0;
  for (int i = 0; i < 3; ++i) {
    const double one = next_normal(random);
    square += one * one;
  }
  return numerator / std::sqrt(square / 3);
}

// 2,000 databases: a true share of 5 (7) % gives at most 6.2 (8.4) % but for one in a hundred.
constexpr double kFivePercent = 0.062, kSevenPercent = 0.084;

TEST(Coverage, IsKeptForSymmetricDifferences) {
  for (const size_t cases : {6u, 12u, 50u}) {
    EXPECT_LT(wrong_share(next_normal, 0, cases), kFivePercent) << "normal, " << cases;
    EXPECT_LT(wrong_share(student_3, 0, cases), kFivePercent) << "t3, " << cases;
  }
}

TEST(Coverage, IsKeptForSkewedDifferences) {
  const auto lognormal = [](uint64_t& random) { return std::exp(0.8 * next_normal(random)); };
  for (const size_t cases : {6u, 12u, 50u})
    EXPECT_LT(wrong_share(lognormal, std::exp(0.32), cases), kSevenPercent) << cases;
}

}  // namespace
}  // namespace nmsw::reporting
