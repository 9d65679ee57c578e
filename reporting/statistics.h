#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace nmsw::reporting {

/// Differences between two methods: a row for every case, in it a value for every seed.
using PairedDifferences = std::vector<std::vector<double>>;

/// With fewer pairs no two-sided signed-rank test reaches 5 % (2/2⁶ is the first below), so that
/// fewer cases decide nothing.
constexpr size_t kMinimumCases = 6;

/// A mean and the interval that holds the true one with 95 % confidence.
struct Interval {
  double mean = 0;
  double low = 0;
  double high = 0;
};

/// Paired bootstrap of the mean: cases are drawn with replacement, and so are seeds where there are
/// several; the interval lies between the 2.5 and the 97.5 percentile of the means drawn. The same
/// differences give the same interval.
///
/// differences   at least one case; every case with the same number of seeds, at least one
Interval bootstrap_mean(const PairedDifferences& differences, int64_t draws = 2000);

/// Whether the interval of the mean holds 0. False for a single seed with fewer than
/// kMinimumCases cases: there is no test to fail.
bool is_inside_noise(const PairedDifferences& differences);

/// Mean over seeds of every case.
std::vector<double> case_means(const PairedDifferences& differences);

/// Wilcoxon's signed-rank test of differences that are symmetric about 0.
///
/// rank_sum   sum of the ranks of the positive differences; equal sizes share their mean rank
/// p          two-sided
/// pairs      differences that are not 0; zeros are left out
/// is_exact   from all assignments of signs (up to 25 pairs, ties included), else from the normal
///            distribution with the correction for ties and for continuity
struct SignedRankTest {
  double rank_sum = 0;
  double p = 1;
  size_t pairs = 0;
  bool is_exact = true;
};
SignedRankTest wilcoxon_signed_rank(const std::vector<double>& differences);

/// What paired differences say: interval and p (of the case means) only where there are
/// kMinimumCases cases or more, nothing but the count where there are none.
struct PairedComparison {
  size_t cases = 0;
  std::optional<double> mean;
  std::optional<Interval> interval;
  std::optional<double> p;
};
PairedComparison compare_pairs(const PairedDifferences& differences);

}  // namespace nmsw::reporting
