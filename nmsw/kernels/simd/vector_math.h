#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

#include "nmsw/kernels/simd/vector_width.h"

namespace nmsw {

// Vectors are passed by reference: the calling convention for vector values depends on the target.

/// Zeroes the lanes from `first` on, by compare and select: a lane indexed by a variable would
/// force the vector into memory.
template <class Floats>
NMSW_INLINE void clear_lanes(int64_t first, Floats& values) {
  IntsOf<Floats> lanes;
  if constexpr (kNumbersIn<Floats> == kLanes) {
    lanes = IntLanes{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  } else {
    lanes = HalfIntLanes{0, 1, 2, 3, 4, 5, 6, 7};
  }
  values = lanes < static_cast<int32_t>(first) ? values : Floats{};
}

/// Copies count floats, fewer than a vector has, in power-of-two pieces: no call of memcpy.
template <class Floats>
NMSW_INLINE void copy_few(const float* from, int64_t count, float* to) {
#pragma GCC unroll 4
  for (int64_t piece = kNumbersIn<Floats> / 2; piece > 0; piece /= 2) {
    if ((count & piece) == 0) continue;
    std::memcpy(to, from, static_cast<size_t>(piece) * sizeof(float));
    from += piece;
    to += piece;
  }
}

/// Loads `count` floats and reads nothing beyond them; further lanes are zero.
template <class Floats>
NMSW_INLINE void load_lanes(const float* from, int64_t count, Floats& to) {
  if (count >= kNumbersIn<Floats>) {
    std::memcpy(&to, from, sizeof(to));
  } else {
    float few[kNumbersIn<Floats>] = {};
    copy_few<Floats>(from, count, few);
    std::memcpy(&to, few, sizeof(to));
  }
}

/// Stores the first `count` lanes and writes nothing beyond them.
template <class Floats>
NMSW_INLINE void store_lanes(const Floats& values, int64_t count, float* to) {
  if (count >= kNumbersIn<Floats>) {
    std::memcpy(to, &values, sizeof(values));
  } else {
    float few[kNumbersIn<Floats>];
    std::memcpy(few, &values, sizeof(few));
    copy_few<Floats>(few, count, to);
  }
}

/// Non-temporal store of a whole vector to a 16-byte aligned address, for output that is not read
/// soon: it needs no read for ownership and evicts nothing. Call fence_streamed_stores() before another
/// thread reads it.
template <class Floats>
NMSW_INLINE void stream_lanes(const Floats& values, float* to) {
#if defined(__SSE__)
  constexpr int64_t kFew = 4;
  float few[kNumbersIn<Floats>];
  std::memcpy(few, &values, sizeof(few));
#pragma GCC unroll 4
  for (int64_t i = 0; i < kNumbersIn<Floats>; i += kFew) {
    _mm_stream_ps(to + i, _mm_loadu_ps(few + i));
  }
#else
  std::memcpy(to, &values, sizeof(values));
#endif
}

/// Store fence after stream_lanes().
NMSW_INLINE void fence_streamed_stores() {
#if defined(__SSE__)
  _mm_sfence();
#endif
}

/// Horizontal sum, in double.
template <class Floats>
NMSW_INLINE double sum_of_lanes(const Floats& lanes) {
  double sum = 0;
  for (int64_t lane = 0; lane < kNumbersIn<Floats>; ++lane) sum += static_cast<double>(lanes[lane]);
  return sum;
}

/// x = e^x for x ≤ 0, to 2 ulp: range reduction by ln 2 in two parts, polynomial of Cephes' expf.
template <class Floats>
NMSW_INLINE void exponentiate(Floats& x) {
  constexpr float kLeast = -87.0F, kRound = 12582912.0F;
  const Floats least = Floats{} + kLeast;
  x = x > least ? x : least;
  const Floats power = (x * 1.44269504088896341F + kRound) - kRound;
  const Floats r = (x - power * 0.693359375F) + power * 2.12194440e-4F;
  Floats y = Floats{} + 1.9875691500e-4F;
  y = y * r + 1.3981999507e-3F;
  y = y * r + 8.3334519073e-3F;
  y = y * r + 4.1665795894e-2F;
  y = y * r + 1.6666665459e-1F;
  y = y * r + 5.0000001201e-1F;
  y = y * r * r + r + 1.0F;
  const IntsOf<Floats> bits = (__builtin_convertvector(power, IntsOf<Floats>) + 127) << 23;
  Floats scale;
  std::memcpy(&scale, &bits, sizeof(scale));
  x = y * scale;
}

inline constexpr float kLog2E = 1.44269504088896341F;

/// y = 2^r for |r| ≤ 1/2 by a polynomial: relative error 1e-4 with degree 3, 2e-7 with degree 5.
template <int64_t kDegree, class Floats>
NMSW_INLINE void raise_two_part(const Floats& r, Floats& y) {
  static_assert(kDegree == 3 || kDegree == 5);
  if constexpr (kDegree == 3) {
    y = r * 5.500888389e-2F + 2.422109742e-1F;
    y = y * r + 6.932829365e-1F;
  } else {
    y = r * 1.326472164e-3F + 9.671513037e-3F;
    y = y * r + 5.550733762e-2F;
    y = y * r + 2.402224208e-1F;
    y = y * r + 6.931469776e-1F;
  }
  y = y * r + 1.0F;
}

/// x = 2^x for x ≤ 0; 2^−126 for all x below −126.
template <int64_t kDegree, class Floats>
NMSW_INLINE void raise_two(Floats& x) {
  constexpr float kLeast = -126.0F, kRound = 12582912.0F;
  const Floats least = Floats{} + kLeast;
  x = x > least ? x : least;
  // The low bits of `rounded` are the nearest integer.
  const Floats rounded = x + kRound, r = x - (rounded - kRound);
  Floats y;
  raise_two_part<kDegree>(r, y);
  IntsOf<Floats> power, bits;
  std::memcpy(&power, &rounded, sizeof(power));
  std::memcpy(&bits, &y, sizeof(bits));
  bits += power << 23;
  std::memcpy(&x, &bits, sizeof(x));
}

/// to = x clamped to ±most. Compares the bits of the magnitudes as integers, which order like the
/// floats: integer compares run beside the FMAs, float compares would take their place.
template <class Floats>
NMSW_INLINE void clamp(const Floats& x, float most, Floats& to) {
  using Ints = IntsOf<Floats>;
  constexpr int32_t kSign = INT32_MIN;
  int32_t most_bits;
  std::memcpy(&most_bits, &most, sizeof(most));
  Ints bits;
  std::memcpy(&bits, &x, sizeof(bits));
  const Ints size = bits & ~kSign, limit = Ints{} + most_bits;
  bits = (size < limit ? size : limit) | (bits & kSign);
  std::memcpy(&to, &bits, sizeof(to));
}

}  // namespace nmsw
