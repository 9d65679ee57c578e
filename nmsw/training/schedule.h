#pragma once

#include <cstdint>

#include "nmsw/config/training_config.h"

namespace nmsw {

/// Linear warm-up, then a cosine to 0 (METHOD 2.11).
struct LearningRateSchedule {
  double peak = 3e-4;
  double warmup_share = 0.2;
  int64_t steps = 300;
  WarmupStart start = WarmupStart::one_step;

  /// The rate of step 0, 1, …; past the end it goes on along the same cosine. W = int(share·steps):
  /// before step W peak·e/(W-1) (zero) or peak·(e+1)/W (one_step), from W on
  /// peak·(1+cos(π(e-W)/(steps-W)))/2.
  double at(int64_t step) const;
};

/// Exponential decay of the softmax temperature over a share of the epochs, constant afterwards
/// (METHOD 2.11).
struct TemperatureSchedule {
  double start = 2;
  double final = 1.0 / 3.0;
  double share = 1;
  int64_t epochs = 300;

  /// start·(final/start)^(min(e, floor(share·epochs))/(share·epochs)).
  double at(int64_t epoch) const;
};

}  // namespace nmsw
