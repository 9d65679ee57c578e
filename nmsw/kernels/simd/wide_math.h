#pragma once

#include "nmsw/kernels/simd/vector_math.h"

namespace nmsw {

// Single AVX-512 instructions for what takes several in vector_math.h. With Lanes only in functions
// marked NMSW_WIDE_VECTORS; with HalfLanes the portable code.

#if defined(__x86_64__) && defined(__linux__)
template <class Floats>
inline constexpr bool kIsWide = sizeof(Floats) == sizeof(Lanes);
#else
template <class Floats>
inline constexpr bool kIsWide = false;
#endif

/// most = max(x, most).
template <class Floats>
NMSW_INLINE void raise_to(const Floats& x, Floats& most) {
  if constexpr (kIsWide<Floats>) {
    const Floats before = most;
    Floats larger;
    asm("vmaxps %2, %1, %0" : "=v"(larger) : "v"(x), "v"(before));
    most = larger;
  } else {
    most = x > most ? x : most;
  }
}

/// x = 2^x for any x ≤ 0.
template <int64_t kDegree, class Floats>
NMSW_INLINE void raise_two_fast(Floats& x) {
  if constexpr (kIsWide<Floats>) {
    const Floats from = x;
    Floats whole, y, power;
    asm("vrndscaleps $8, %1, %0" : "=v"(whole) : "v"(from));  // to the nearest integer
    raise_two_part<kDegree>(from - whole, y);
    asm("vscalefps %2, %1, %0" : "=v"(power) : "v"(y), "v"(whole));
    x = power;
  } else {
    raise_two<kDegree>(x);
  }
}

}  // namespace nmsw
