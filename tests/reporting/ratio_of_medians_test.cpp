#include "reporting/ratio_of_medians.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "nmsw/base/seed.h"

namespace nmsw::reporting {
namespace {

double percentile(const std::vector<double>& sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto low = static_cast<size_t>(place);
  const size_t high = std::min(low + 1, sorted.size() - 1);
  return sorted[low] + (place - static_cast<double>(low)) * (sorted[high] - sorted[low]);
}

/// Repeats around `seconds` whose logarithms are normal.
RepeatedTiming draw(double seconds, double spread, int repeats, uint64_t& random) {
  std::vector<double> values;
  for (int i = 0; i < repeats; ++i)
    values.push_back(seconds * std::exp(spread * next_normal(random)));
  std::sort(values.begin(), values.end());
  return {percentile(values, 0.5), percentile(values, 0.75) - percentile(values, 0.25), repeats};
}

/// Share of drawn pairs whose interval misses the true ratio of 10.
double wrong_share(int repeats, double slow_spread, double fast_spread) {
  uint64_t random = derive_seed(0, {"repeats"});
  constexpr int kDraws = 20000;
  int wrong = 0;
  for (int i = 0; i < kDraws; ++i) {
    const RepeatedTiming slow = draw(100, slow_spread, repeats, random);
    const Interval interval = ratio_of_medians(slow, draw(10, fast_spread, repeats, random));
    wrong += interval.low > 10 || interval.high < 10 ? 1 : 0;
  }
  return static_cast<double>(wrong) / kDraws;
}

// 20,000 draws: a share of 5 % is seen as 5.5 % or more once in 1,000 times.
TEST(RatioOfMedians, MissesTheTruthInAtMostOneOfTwenty) {
  for (const int repeats : {3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 17, 30}) {
    EXPECT_LE(wrong_share(repeats, 0.02, 0), 0.055) << repeats << " repeats, one side varies";
    EXPECT_LE(wrong_share(repeats, 0.02, 0.02), 0.05) << repeats << " repeats, both vary";
    EXPECT_LE(wrong_share(repeats, 0.005, 0.03), 0.055) << repeats << " repeats, unequal";
  }
}

TEST(RatioOfMedians, IsNotSoWideThatItSaysNothing) {
  EXPECT_GE(wrong_share(3, 0.02, 0), 0.045);
  EXPECT_GE(wrong_share(10, 0.02, 0), 0.045);
  EXPECT_GE(wrong_share(5, 0.02, 0.02), 0.008);
}

TEST(RatioOfMedians, IsAPointWhereNothingVaries) {
  const Interval interval = ratio_of_medians({100, 0, 3}, {8, 0, 3});
  EXPECT_EQ(interval.mean, 12.5);
  EXPECT_EQ(interval.low, 12.5);
  EXPECT_EQ(interval.high, 12.5);
}

}  // namespace
}  // namespace nmsw::reporting
