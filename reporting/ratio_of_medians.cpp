#include "reporting/ratio_of_medians.h"

#include <array>
#include <cmath>
#include <cstddef>

namespace nmsw::reporting {
namespace {

/// 95 % quantile of |median - truth| / range between the quartiles, of normal samples of 3, 4, …
/// values; from 1,000,000 samples each.
constexpr std::array<double, 10> kReachOverRange{2.68, 1.85, 2.09, 1.31, 1.06,
                                                 0.93, 0.93, 0.79, 0.72, 0.67};
/// The same times the root of the number, for larger samples: it falls from 2.4 to 1.82.
constexpr double kReachOfMany = 2.45;

double relative_reach(const RepeatedTiming& timing) {
  const auto place = static_cast<size_t>(timing.repeats - kMinimumRepeats);
  const double reach = place < kReachOverRange.size()
                           ? kReachOverRange.at(place)
                           : kReachOfMany / std::sqrt(static_cast<double>(timing.repeats));
  return reach * timing.iqr_s / timing.seconds;
}

}  // namespace

Interval ratio_of_medians(const RepeatedTiming& slow, const RepeatedTiming& fast) {
  const double ratio = slow.seconds / fast.seconds;
  const double reach = std::hypot(relative_reach(slow), relative_reach(fast));
  return {ratio, ratio * std::exp(-reach), ratio * std::exp(reach)};
}

}  // namespace nmsw::reporting
