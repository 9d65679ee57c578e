#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "nmsw/kernels/vector_width.h"

namespace nmsw {

// Vectors go by reference: how they are passed by value depends on the instruction set.

/// The first `count` of sixteen numbers, zeros behind them.
NMSW_INLINE void load_lanes(const float* from, int64_t count, Lanes& to) {
  if (count >= kLanes) {
    std::memcpy(&to, from, sizeof(to));
  } else {
    to = Lanes{};
    std::memcpy(&to, from, static_cast<size_t>(count) * sizeof(float));
  }
}

NMSW_INLINE void store_lanes(const Lanes& values, int64_t count, float* to) {
  std::memcpy(to, &values, static_cast<size_t>(std::min(count, kLanes)) * sizeof(float));
}

NMSW_INLINE double sum_of_lanes(const Lanes& lanes) {
  double sum = 0;
  for (int64_t lane = 0; lane < kLanes; ++lane) sum += static_cast<double>(lanes[lane]);
  return sum;
}

/// x becomes e^x; x ≤ 0. Two parts of ln 2 and the polynomial of Cephes' expf, 2 ulp.
NMSW_INLINE void exponentiate(Lanes& x) {
  constexpr float kLeast = -87.0F, kRound = 12582912.0F;
  const Lanes least = Lanes{} + kLeast;
  x = x > least ? x : least;
  const Lanes power = (x * 1.44269504088896341F + kRound) - kRound;
  const Lanes r = (x - power * 0.693359375F) + power * 2.12194440e-4F;
  Lanes y = Lanes{} + 1.9875691500e-4F;
  y = y * r + 1.3981999507e-3F;
  y = y * r + 8.3334519073e-3F;
  y = y * r + 4.1665795894e-2F;
  y = y * r + 1.6666665459e-1F;
  y = y * r + 5.0000001201e-1F;
  y = y * r * r + r + 1.0F;
  const IntLanes bits = (__builtin_convertvector(power, IntLanes) + 127) << 23;
  Lanes scale;
  std::memcpy(&scale, &bits, sizeof(scale));
  x = y * scale;
}

/// x becomes x · Φ(x), Φ the normal distribution: Abramowitz and Stegun 7.1.26, |error| ≤ 1.5e-7 · |x|.
NMSW_INLINE void gelu(Lanes& x) {
  const Lanes zero{};
  const Lanes size = x < zero ? -x : x;
  const Lanes u = size * 0.70710678118654752F;
  const Lanes t = 1.0F / (1.0F + u * 0.3275911F);
  Lanes polynomial = t * 1.061405429F - 1.453152027F;
  polynomial = polynomial * t + 1.421413741F;
  polynomial = polynomial * t - 0.284496736F;
  polynomial = (polynomial * t + 0.254829592F) * t;
  Lanes tail = -u * u;
  exponentiate(tail);
  tail *= polynomial;  // 1 − erf(|x|/√2)
  const Lanes half = tail * 0.5F;
  x = x * (x < zero ? half : 1.0F - half);
}

}  // namespace nmsw
