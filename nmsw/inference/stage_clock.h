#pragma once

#include <chrono>

#include "nmsw/tensor/tensor.h"

namespace nmsw {

/// Wall time since it was made or last read, with the device's queue emptied first.
class StageClock {
 public:
  explicit StageClock(torch::Device device) : device_(device) { lap(); }

  double lap() {
    if (device_.is_cuda()) torch::cuda::synchronize();
    const auto now = std::chrono::steady_clock::now();
    const double seconds = std::chrono::duration<double>(now - last_).count();
    last_ = now;
    return seconds;
  }

 private:
  torch::Device device_;
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

}  // namespace nmsw
