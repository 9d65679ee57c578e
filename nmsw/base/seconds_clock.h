#pragma once

#include <chrono>
#include <functional>

namespace nmsw {

/// Seconds since some moment, growing.
using SecondsClock = std::function<double()>;

inline double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace nmsw
