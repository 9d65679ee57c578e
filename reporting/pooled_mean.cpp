#include "reporting/pooled_mean.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "reporting/student.h"

namespace nmsw::reporting {
namespace {

constexpr double kNoSkewness = 1e-9;

double sample_mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double power_sum(const std::vector<double>& values, double mean, int power) {
  double sum = 0;
  for (const double value : values) sum += std::pow(value - mean, power);
  return sum;
}

/// Variances of independent means add up; their squares by degree of freedom give Satterthwaite's.
class VarianceSum {
 public:
  void add(double variance, size_t values) {
    sum_ += variance;
    squares_ += variance * variance / static_cast<double>(values - 1);
  }
  double sum() const { return sum_; }
  double degrees() const { return squares_ > 0 ? sum_ * sum_ / squares_ : 1; }

 private:
  double sum_ = 0, squares_ = 0;
};

double variance_of_mean(const std::vector<double>& values) {
  const auto n = static_cast<double>(values.size());
  return power_sum(values, sample_mean(values), 2) / (n - 1) / n;
}

/// n²·k₃/((n-1)(n-2)) estimates the third central moment without bias; over n² it is the mean's.
double third_cumulant_of_mean(const std::vector<double>& values) {
  const auto n = static_cast<double>(values.size());
  if (n < 3) return 0;
  return power_sum(values, sample_mean(values), 3) / ((n - 1) * (n - 2) * n);
}

double transformed(double t, double skewness) {
  return t + skewness * t * t / 3 + skewness * skewness * t * t * t / 27 + skewness / 6;
}

double transformed_back(double value, double skewness) {
  if (std::fabs(skewness) < kNoSkewness) return value;
  return 3 / skewness * (std::cbrt(1 + skewness * (value - skewness / 6)) - 1);
}

/// Where nothing varies there is nothing to test: the mean itself says which side it is on.
double certain_p(double distance) { return distance > 0 ? 0 : 1; }

}  // namespace

PooledMean pool(const std::vector<CaseSample>& samples) {
  PooledMean pooled;
  VarianceSum variance;
  const auto datasets = static_cast<double>(samples.size());
  double third = 0;
  for (const CaseSample& sample : samples) {
    pooled.mean += sample_mean(sample.cases) / datasets;
    pooled.cases += sample.cases.size();
    variance.add(variance_of_mean(sample.cases) / (datasets * datasets), sample.cases.size());
    third += third_cumulant_of_mean(sample.cases) / (datasets * datasets * datasets);
    if (sample.seeds.size() < kMinimumSeeds) continue;
    pooled.has_training_noise = true;
    variance.add(variance_of_mean(sample.seeds) / (datasets * datasets), sample.seeds.size());
  }
  pooled.datasets = samples.size();
  pooled.error = std::sqrt(variance.sum());
  pooled.degrees = variance.degrees();
  if (pooled.error > 0) pooled.skewness = third / std::pow(pooled.error, 3);
  return pooled;
}

Interval confidence_interval(const PooledMean& pooled, double confidence) {
  if (pooled.error == 0) return {pooled.mean, pooled.mean, pooled.mean};
  const double t = student_quantile(0.5 + confidence / 2, pooled.degrees);
  const double most = std::max(t, transformed_back(t, pooled.skewness));
  const double least = std::min(-t, transformed_back(-t, pooled.skewness));
  return {pooled.mean, pooled.mean - most * pooled.error, pooled.mean - least * pooled.error};
}

double p_above(const PooledMean& pooled, double threshold) {
  if (pooled.error == 0) return certain_p(pooled.mean - threshold);
  const double t = (pooled.mean - threshold) / pooled.error;
  const double skewed = transformed(t, pooled.skewness);
  return std::max(student_cdf(-t, pooled.degrees), student_cdf(-skewed, pooled.degrees));
}

double p_below(const PooledMean& pooled, double threshold) {
  if (pooled.error == 0) return certain_p(threshold - pooled.mean);
  const double t = (pooled.mean - threshold) / pooled.error;
  const double skewed = transformed(t, pooled.skewness);
  return std::max(student_cdf(t, pooled.degrees), student_cdf(skewed, pooled.degrees));
}

std::vector<double> holm(const std::vector<double>& p) {
  std::vector<size_t> order(p.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return p[a] < p[b]; });
  std::vector<double> corrected(p.size());
  double largest = 0;
  for (size_t i = 0; i < order.size(); ++i) {
    largest = std::max(largest, std::min(1.0, static_cast<double>(p.size() - i) * p[order[i]]));
    corrected[order[i]] = largest;
  }
  return corrected;
}

}  // namespace nmsw::reporting
