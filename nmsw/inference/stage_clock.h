#pragma once

#include <utility>

#include "nmsw/base/seconds_clock.h"
#include "nmsw/tensor/tensor.h"

namespace nmsw {

/// Time since it was made or last read, with the queue of its own device emptied first.
class StageClock {
 public:
  explicit StageClock(torch::Device device, SecondsClock now = steady_seconds)
      : device_(device), now_(std::move(now)), last_(now_()) {}

  double lap() {
    if (device_.is_cuda()) torch::cuda::synchronize(device_.index());
    const double now = now_();
    const double seconds = now - last_;
    last_ = now;
    return seconds;
  }

 private:
  torch::Device device_;
  SecondsClock now_;
  double last_;
};

}  // namespace nmsw
