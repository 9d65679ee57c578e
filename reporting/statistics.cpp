#include "reporting/statistics.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace nmsw::reporting {
namespace {

constexpr size_t kExactPairs = 25;

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

struct Ranked {
  std::vector<double> sizes;
  /// Twice the rank of each size, so that the mean ranks of ties are whole.
  std::vector<int64_t> doubled;
};

Ranked rank_sizes(const std::vector<double>& differences) {
  Ranked ranked;
  for (const double difference : differences) ranked.sizes.push_back(std::fabs(difference));
  std::vector<double> sorted = ranked.sizes;
  std::sort(sorted.begin(), sorted.end());
  for (const double size : ranked.sizes) {
    const auto [first, last] = std::equal_range(sorted.begin(), sorted.end(), size);
    ranked.doubled.push_back((first - sorted.begin()) + (last - sorted.begin()) + 1);
  }
  return ranked;
}

/// Share of all assignments of signs whose positive ranks sum to `at_least` or more.
double exact_tail(const std::vector<int64_t>& doubled_ranks, int64_t at_least) {
  const int64_t total = std::accumulate(doubled_ranks.begin(), doubled_ranks.end(), int64_t{0});
  std::vector<double> share(static_cast<size_t>(total) + 1, 0.0);
  share[0] = 1;
  int64_t reached = 0;
  for (const int64_t rank : doubled_ranks) {
    reached += rank;
    for (int64_t sum = reached; sum >= 0; --sum) {
      const double with = sum >= rank ? share[static_cast<size_t>(sum - rank)] : 0.0;
      share[static_cast<size_t>(sum)] = 0.5 * (share[static_cast<size_t>(sum)] + with);
    }
  }
  return std::accumulate(share.begin() + at_least, share.end(), 0.0);
}

double normal_two_sided(const Ranked& ranked, double rank_sum) {
  const auto n = static_cast<double>(ranked.sizes.size());
  std::vector<double> sorted = ranked.sizes;
  std::sort(sorted.begin(), sorted.end());
  double ties = 0;
  for (auto first = sorted.begin(); first != sorted.end();) {
    const auto last = std::upper_bound(first, sorted.end(), *first);
    const auto count = static_cast<double>(last - first);
    ties += count * count * count - count;
    first = last;
  }
  const double variance = n * (n + 1) * (2 * n + 1) / 24 - ties / 48;
  const double distance = std::fabs(rank_sum - n * (n + 1) / 4) - 0.5;
  return std::erfc(std::max(0.0, distance) / std::sqrt(2 * variance));
}

}  // namespace

std::vector<double> case_means(const PairedDifferences& differences) {
  std::vector<double> means;
  for (const std::vector<double>& seeds : differences) means.push_back(mean_of(seeds));
  return means;
}

std::vector<double> seed_means(const PairedDifferences& differences) {
  std::vector<double> means;
  for (size_t seed = 0; !differences.empty() && seed < differences.front().size(); ++seed) {
    double sum = 0;
    for (const std::vector<double>& seeds : differences) sum += seeds[seed];
    means.push_back(sum / static_cast<double>(differences.size()));
  }
  return means;
}

bool is_inside_noise(const PairedDifferences& differences) {
  if (differences.empty()) return false;
  CaseSample sample{case_means(differences), seed_means(differences)};
  if (differences.size() < kMinimumCases) {
    if (sample.seeds.size() < 2) return false;
    sample = {sample.seeds, {}};
  }
  const Interval interval = confidence_interval(pool({sample}));
  return interval.low <= 0 && interval.high >= 0;
}

SignedRankTest wilcoxon_signed_rank(const std::vector<double>& differences) {
  std::vector<double> kept;
  std::copy_if(differences.begin(), differences.end(), std::back_inserter(kept),
               [](double difference) { return difference != 0.0; });
  const Ranked ranked = rank_sizes(kept);
  int64_t doubled = 0, total = 0;
  for (size_t i = 0; i < kept.size(); ++i) {
    total += ranked.doubled[i];
    if (kept[i] > 0) doubled += ranked.doubled[i];
  }
  SignedRankTest test;
  test.pairs = kept.size();
  test.rank_sum = 0.5 * static_cast<double>(doubled);
  test.is_exact = kept.size() <= kExactPairs;
  if (kept.empty()) return test;
  test.p = test.is_exact
               ? std::min(1.0, 2 * exact_tail(ranked.doubled, std::max(doubled, total - doubled)))
               : normal_two_sided(ranked, test.rank_sum);
  return test;
}

PairedComparison compare_pairs(const PairedDifferences& differences) {
  PairedComparison comparison;
  comparison.cases = differences.size();
  if (differences.empty()) return comparison;
  comparison.mean = mean_of(case_means(differences));
  if (differences.size() < kMinimumCases) return comparison;
  comparison.interval =
      confidence_interval(pool({{case_means(differences), seed_means(differences)}}));
  comparison.p = wilcoxon_signed_rank(case_means(differences)).p;
  return comparison;
}

}  // namespace nmsw::reporting
