#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "reporting/pooled_mean.h"

namespace nmsw::reporting {

/// Differences between two methods: a row for every case, in it a value for every seed.
using PairedDifferences = std::vector<std::vector<double>>;

/// Mean over seeds of every case, and mean over cases of every seed. Every case must have the same
/// seeds.
std::vector<double> case_means(const PairedDifferences& differences);
std::vector<double> seed_means(const PairedDifferences& differences);

/// Whether the interval of the mean holds 0: that of the cases, or of the seeds where there are
/// fewer than kMinimumCases cases. False for a single seed with so few: there is no test to fail.
bool is_inside_noise(const PairedDifferences& differences);

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

/// What paired differences of one data set and backbone say: interval (pooled_mean.h) and p (of the
/// case means) only where there are kMinimumCases cases or more, nothing but the count where there
/// are none.
struct PairedComparison {
  size_t cases = 0;
  std::optional<double> mean;
  std::optional<Interval> interval;
  std::optional<double> p;
};
PairedComparison compare_pairs(const PairedDifferences& differences);

}  // namespace nmsw::reporting
