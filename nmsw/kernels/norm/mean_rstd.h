#pragma once

#include <cstdint>

#include "nmsw/kernels/simd/vector_math.h"

namespace nmsw {

/// What instance norm takes off and multiplies by.
struct Moments {
  float mean = 0;
  float inverse_deviation = 1;
};

/// Count, mean and sum of squared deviations of some numbers. Those of two sets together follow
/// from each one's (Chan, Golub and LeVeque 1983), without the digits that a sum of squares loses.
struct MomentSums {
  double count = 0, mean = 0, squares = 0;
  void add(const MomentSums& other);
  /// inverse_deviation = 1/√(variance + epsilon), with the variance that divides by the count.
  Moments moments(double epsilon) const;
};

/// The same for a few thousand numbers while vectors of them pass by, about a number near them.
template <class Floats>
struct LaneMoments {
  Floats sum{}, square{};
  float shift = 0;
  int64_t count = 0;

  NMSW_INLINE void add(const Floats& values, int64_t left) {
    Floats apart = values - shift;
    if (left < kNumbersIn<Floats>) clear_lanes(left, apart);
    sum += apart;
    square += apart * apart;
    count += left < kNumbersIn<Floats> ? left : kNumbersIn<Floats>;
  }
  MomentSums sums() const {
    const auto numbers = static_cast<double>(count);
    const double total = sum_of_lanes(sum), mean = total / numbers;
    return {numbers, mean + static_cast<double>(shift), sum_of_lanes(square) - total * mean};
  }
};

}  // namespace nmsw
