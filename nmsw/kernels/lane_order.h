#pragma once

#include <cstdint>
#include <cstring>

#include "nmsw/kernels/vector_width.h"

namespace nmsw {

// Lanes in another order. Where no register holds sixteen numbers the compiler would move them one
// by one, so that halves are moved there.

/// Which lanes of two vectors, one behind the other, make a third.
template <class Floats>
struct LaneOrder {
  static constexpr int32_t kCount = sizeof(Floats) / sizeof(float);
  int32_t from[kCount] = {};
};

/// The lanes of two vectors in turn, from lane `first` of each on.
template <class Floats>
constexpr LaneOrder<Floats> turns_from(int32_t first) {
  LaneOrder<Floats> order;
  for (int32_t i = 0; i < order.kCount; ++i) order.from[i] = first + i / 2 + i % 2 * order.kCount;
  return order;
}

/// Every second lane of two vectors one behind the other.
template <class Floats>
constexpr LaneOrder<Floats> every_second_from(int32_t first) {
  LaneOrder<Floats> order;
  for (int32_t i = 0; i < order.kCount; ++i) order.from[i] = first + 2 * i;
  return order;
}

/// One of the two vectors after halves of their blocks of 2·step lanes have changed places.
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

template <class Floats>
NMSW_INLINE void take(const Floats& first, const Floats& second, const LaneOrder<Floats>& order,
                      Floats& to) {
  IntsOf<Floats> from;
  std::memcpy(&from, order.from, sizeof(from));
  to = __builtin_shuffle(first, second, from);
}

NMSW_INLINE void take_turns(const HalfLanes& even, const HalfLanes& odd, HalfLanes (&turns)[2]) {
  static constexpr auto kLow = turns_from<HalfLanes>(0), kHigh = turns_from<HalfLanes>(4);
  take(even, odd, kLow, turns[0]);
  take(even, odd, kHigh, turns[1]);
}

/// Even and odd numbers become 32 in a row.
NMSW_INLINE void take_turns(const Lanes& even, const Lanes& odd, Lanes (&turns)[2]) {
  if (has_many_registers()) {
    static constexpr auto kLow = turns_from<Lanes>(0), kHigh = turns_from<Lanes>(8);
    take(even, odd, kLow, turns[0]);
    take(even, odd, kHigh, turns[1]);
    return;
  }
  HalfLanes evens[2], odds[2], halves[2][2];
  std::memcpy(evens, &even, sizeof(evens));
  std::memcpy(odds, &odd, sizeof(odds));
  for (int64_t i = 0; i < 2; ++i) take_turns(evens[i], odds[i], halves[i]);
  std::memcpy(turns, halves, sizeof(halves));
}

/// 32 numbers in a row become the even and the odd ones.
NMSW_INLINE void sort_by_parity(const Lanes& first, const Lanes& second, Lanes& even, Lanes& odd) {
  if (has_many_registers()) {
    static constexpr auto kEven = every_second_from<Lanes>(0), kOdd = every_second_from<Lanes>(1);
    take(first, second, kEven, even);
    take(first, second, kOdd, odd);
    return;
  }
  static constexpr auto kEven = every_second_from<HalfLanes>(0),
                        kOdd = every_second_from<HalfLanes>(1);
  HalfLanes row[4], evens[2], odds[2];
  std::memcpy(row, &first, sizeof(first));
  std::memcpy(row + 2, &second, sizeof(second));
  for (int64_t i = 0; i < 2; ++i) {
    take(row[2 * i], row[2 * i + 1], kEven, evens[i]);
    take(row[2 * i], row[2 * i + 1], kOdd, odds[i]);
  }
  std::memcpy(&even, evens, sizeof(even));
  std::memcpy(&odd, odds, sizeof(odd));
}

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

/// Sixteen vectors as the rows of a matrix become its columns.
NMSW_INLINE void transpose(Lanes (&rows)[kLanes]) {
  if (has_many_registers()) {
    exchange<8>(rows);
    exchange<4>(rows);
    exchange<2>(rows);
    exchange<1>(rows);
    return;
  }
  // Quarter by quarter.
  HalfLanes quarters[2][2][kHalfLanes];
  for (int64_t i = 0; i < kLanes; ++i) {
    HalfLanes halves[2];
    std::memcpy(halves, &rows[i], sizeof(halves));
    for (int64_t j = 0; j < 2; ++j) quarters[j][i / kHalfLanes][i % kHalfLanes] = halves[j];
  }
  for (int64_t j = 0; j < 2; ++j) {
    for (int64_t k = 0; k < 2; ++k) {
      HalfLanes quarter[kHalfLanes];
      std::memcpy(quarter, quarters[j][k], sizeof(quarter));
      exchange<4>(quarter);
      exchange<2>(quarter);
      exchange<1>(quarter);
      for (int64_t i = 0; i < kHalfLanes; ++i) {
        std::memcpy(reinterpret_cast<float*>(&rows[j * kHalfLanes + i]) + k * kHalfLanes,
                    &quarter[i], sizeof(HalfLanes));
      }
    }
  }
}

}  // namespace nmsw
