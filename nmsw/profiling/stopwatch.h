#pragma once

#include <functional>
#include <vector>

#include "nmsw/tensor/tensor.h"

namespace nmsw {

/// Waits until a device has finished what was asked of it; nothing to do for the CPU.
void synchronise(const torch::Device& device);

/// Median and interquartile range of repeated times.
struct TimeSummary {
  double median_s = 0;
  double iqr_s = 0;
  int64_t repeats = 0;
};

/// Linear interpolation between the sorted values, as NumPy's percentile. Throws ConfigError for an
/// empty list.
TimeSummary summarise(std::vector<double> seconds);

/// Runs `work` `warmup` times unmeasured, then `repeats` times, the device synchronised around
/// each.
TimeSummary measure(const std::function<void()>& work, int64_t warmup, int64_t repeats,
                    const torch::Device& device);

}  // namespace nmsw
