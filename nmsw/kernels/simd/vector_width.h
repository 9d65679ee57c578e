#pragma once

#include <cstdint>
#include <type_traits>

#include "nmsw/kernels/simd/processor.h"

// One binary for every x86-64 processor: the compiler makes a clone for each target, the loader
// picks the best. Targets are features and levels; a clone for a named processor would run on that
// one only.
#if defined(__x86_64__) && defined(__linux__)
#define NMSW_EVERY_VECTOR_WIDTH \
  __attribute__((target_clones("avx512f", "arch=x86-64-v3", "default")))
// For functions that are called where has_many_registers(), and where not.
#define NMSW_WIDE_VECTORS __attribute__((target("avx512f")))
#define NMSW_HALF_VECTORS __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define NMSW_EVERY_VECTOR_WIDTH
#define NMSW_WIDE_VECTORS
#define NMSW_HALF_VECTORS
#endif

// Forced inlining: only inlined helpers are compiled for the caller's target.
#define NMSW_INLINE [[gnu::always_inline]] inline
#define NMSW_INLINED __attribute__((always_inline))  // the same for a lambda

namespace nmsw {

inline constexpr int64_t kLanes = 16;
/// Vector of sixteen floats, split over several registers where they are shorter.
using Lanes = float __attribute__((vector_size(kLanes * sizeof(float))));
using IntLanes = int32_t __attribute__((vector_size(kLanes * sizeof(int32_t))));

/// Vector of eight floats. Where no register holds sixteen, GCC keeps Lanes that live across loop
/// iterations in memory: loops with accumulators take HalfLanes there.
inline constexpr int64_t kHalfLanes = kLanes / 2;
using HalfLanes = float __attribute__((vector_size(kHalfLanes * sizeof(float))));
using HalfIntLanes = int32_t __attribute__((vector_size(kHalfLanes * sizeof(int32_t))));

/// Lanes of a vector.
template <class Floats>
inline constexpr int64_t kNumbersIn = sizeof(Floats) / sizeof(float);

/// The vector of as many 32-bit integers.
template <class Floats>
using IntsOf = std::conditional_t<sizeof(Floats) == sizeof(Lanes), IntLanes, HalfIntLanes>;

// Defines name(parameters), which dispatches at run time to body<Lanes>(arguments) or
// body<HalfLanes>(arguments).
#define NMSW_BY_WIDTH(name, body, parameters, arguments)                         \
  NMSW_WIDE_VECTORS void name##_wide parameters { body<Lanes> arguments; }       \
  NMSW_HALF_VECTORS void name##_halves parameters { body<HalfLanes> arguments; } \
  void name parameters { has_many_registers() ? name##_wide arguments : name##_halves arguments; }

}  // namespace nmsw
