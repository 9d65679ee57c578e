#pragma once

#include <cmath>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "nmsw/kernels/simd/fma_products.h"

namespace nmsw::testing {

/// Numbers between -1 and 1 that repeat nowhere nearby.
inline std::vector<float> numbers(int64_t count, double phase) {
  std::vector<float> values;
  for (int64_t i = 0; i < count; ++i) {
    values.push_back(static_cast<float>(std::sin(0.7 * static_cast<double>(i * i % 1009) + phase)));
  }
  return values;
}

/// A number as kernels that multiply such elements see it: the nearest of eight significant bits,
/// ties to even, where they are pairs in bfloat16.
template <class Element>
float seen_as(float value) {
  if constexpr (std::is_same_v<Element, float>) return value;
  int exponent = 0;
  const float mantissa = std::frexp(value, &exponent);
  return std::ldexp(std::nearbyint(mantissa * 256), exponent - 8);
}

}  // namespace nmsw::testing
