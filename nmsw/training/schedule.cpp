#include "nmsw/training/schedule.h"

#include <algorithm>
#include <cmath>

namespace nmsw {

double LearningRateSchedule::at(int64_t step) const {
  const auto warmup = static_cast<int64_t>(warmup_share * static_cast<double>(steps));
  if (step < warmup) {
    if (start == WarmupStart::one_step)
      return peak * static_cast<double>(step + 1) / static_cast<double>(warmup);
    return peak * static_cast<double>(step) / static_cast<double>(std::max<int64_t>(1, warmup - 1));
  }
  const double length = static_cast<double>(std::max<int64_t>(1, steps - warmup));
  return peak * 0.5 * (1 + std::cos(M_PI * static_cast<double>(step - warmup) / length));
}

double TemperatureSchedule::at(int64_t epoch) const {
  const double length = share * static_cast<double>(epochs);
  if (!(length > 0)) return start;
  const double passed = std::min(static_cast<double>(epoch), std::floor(length));
  return start * std::pow(final / start, passed / length);
}

}  // namespace nmsw
