#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

namespace nmsw::testing {

/// Numbers between -1 and 1 that repeat nowhere nearby.
inline std::vector<float> numbers(int64_t count, double phase) {
  std::vector<float> values;
  for (int64_t i = 0; i < count; ++i) {
    values.push_back(static_cast<float>(std::sin(0.7 * static_cast<double>(i * i % 1009) + phase)));
  }
  return values;
}

}  // namespace nmsw::testing
