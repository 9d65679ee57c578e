#pragma once

#include <cstdint>

#include "nmsw/kernels/simd/vector_math.h"

namespace nmsw {

/// Mean and rstd of a channel: rstd = 1/√(variance + epsilon).
struct Moments {
  float mean = 0;
  float inverse_deviation = 1;
};

/// Partial statistics: count, mean and sum of squared deviations. add() merges two sets by the
/// update of Chan, Golub and LeVeque (1983), without the cancellation of a plain sum of squares.
struct MomentSums {
  double count = 0, mean = 0, squares = 0;
  void add(const MomentSums& other);
  /// Mean and rstd, with the biased variance (divided by the count).
  Moments moments(double epsilon) const;
};

/// Accumulates the same for a few thousand numbers, vector by vector in float32, relative to
/// `shift`, a number near them.
template <class Floats>
struct LaneMoments {
  Floats sum{}, square{};
  float shift = 0;
  int64_t count = 0;

  /// The first `left` lanes count.
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
