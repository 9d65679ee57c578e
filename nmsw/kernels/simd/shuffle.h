#pragma once

#include <cstdint>
#include <cstring>

#include "nmsw/kernels/simd/vector_width.h"

namespace nmsw {

// Permutations of lanes. Vectors must fit a register: GCC moves the lanes of longer ones one by
// one.

/// Lane indices into two concatenated vectors, from which a third is made.
template <class Floats>
struct LaneOrder {
  static constexpr int32_t kCount = kNumbersIn<Floats>;
  int32_t from[kCount] = {};
};

/// Interleaves two vectors, from lane `first` of each on.
template <class Floats>
constexpr LaneOrder<Floats> turns_from(int32_t first) {
  LaneOrder<Floats> order;
  for (int32_t i = 0; i < order.kCount; ++i) order.from[i] = first + i / 2 + i % 2 * order.kCount;
  return order;
}

/// Every second lane of two concatenated vectors, from lane `first` on.
template <class Floats>
constexpr LaneOrder<Floats> every_second_from(int32_t first) {
  LaneOrder<Floats> order;
  for (int32_t i = 0; i < order.kCount; ++i) order.from[i] = first + 2 * i;
  return order;
}

/// One step of a transpose: two vectors exchange halves of their blocks of 2·step lanes; gives the
/// first or the `second` of them.
template <class Floats>
constexpr LaneOrder<Floats> exchanged(int32_t step, bool second) {
  LaneOrder<Floats> order;
  for (int32_t i = 0; i < order.kCount; ++i) {
    const bool low = (i & step) == 0;
    const int32_t of_low = second ? i + step : i;
    const int32_t of_high = second ? order.kCount + i : order.kCount + i - step;
    order.from[i] = low ? of_low : of_high;
  }
  return order;
}

/// to = the lanes of first and second that `order` selects.
template <class Floats>
NMSW_INLINE void take(const Floats& first, const Floats& second, const LaneOrder<Floats>& order,
                      Floats& to) {
  IntsOf<Floats> from;
  std::memcpy(&from, order.from, sizeof(from));
  to = __builtin_shuffle(first, second, from);
}

/// Interleaves even and odd voxels: two vectors of consecutive voxels.
template <class Floats>
NMSW_INLINE void interleave(const Floats& even, const Floats& odd, Floats (&turns)[2]) {
  static constexpr auto kLow = turns_from<Floats>(0),
                        kHigh = turns_from<Floats>(kNumbersIn<Floats> / 2);
  take(even, odd, kLow, turns[0]);
  take(even, odd, kHigh, turns[1]);
}

/// De-interleaves two vectors of consecutive voxels into even and odd ones.
template <class Floats>
NMSW_INLINE void deinterleave(const Floats& first, const Floats& second, Floats& even,
                              Floats& odd) {
  static constexpr auto kEven = every_second_from<Floats>(0), kOdd = every_second_from<Floats>(1);
  take(first, second, kEven, even);
  take(first, second, kOdd, odd);
}

/// One step of transpose().
template <int32_t kStep, class Floats, int64_t kRows>
NMSW_INLINE void exchange(Floats (&rows)[kRows]) {
  static constexpr auto kFirst = exchanged<Floats>(kStep, false),
                        kSecond = exchanged<Floats>(kStep, true);
#pragma GCC unroll 16
  for (int64_t i = 0; i < kRows; ++i) {
    if ((i & kStep) != 0) continue;
    const Floats first = rows[i], second = rows[i + kStep];
    take(first, second, kFirst, rows[i]);
    take(first, second, kSecond, rows[i + kStep]);
  }
}

/// Transposes a square block, one row per vector, in registers.
template <class Floats>
NMSW_INLINE void transpose(Floats (&rows)[kNumbersIn<Floats>]) {
  if constexpr (kNumbersIn<Floats> == 16) exchange<8>(rows);
  exchange<4>(rows);
  exchange<2>(rows);
  exchange<1>(rows);
}

}  // namespace nmsw
