#pragma once

#include <cstdint>
#include <cstdlib>
#include <type_traits>

// One binary for every machine: the compiler makes a version for each instruction set, the loader
// takes the best. By their features: a version for a named processor is for that one alone.
#if defined(__x86_64__) && defined(__linux__)
#define NMSW_EVERY_VECTOR_WIDTH \
  __attribute__((target_clones("avx512f", "arch=x86-64-v3", "default")))
// Where has_many_registers(), and where not.
#define NMSW_WIDE_VECTORS __attribute__((target("avx512f")))
#define NMSW_HALF_VECTORS __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define NMSW_EVERY_VECTOR_WIDTH
#define NMSW_WIDE_VECTORS
#define NMSW_HALF_VECTORS
#endif

// Only what is inlined is compiled for the caller's vector width.
#define NMSW_INLINE [[gnu::always_inline]] inline
#define NMSW_INLINED __attribute__((always_inline))  // of a lambda

namespace nmsw {

inline constexpr int64_t kLanes = 16;
/// Sixteen numbers, in as many registers as the machine needs for them.
using Lanes = float __attribute__((vector_size(kLanes * sizeof(float))));
using IntLanes = int32_t __attribute__((vector_size(kLanes * sizeof(int32_t))));

/// Half of them. Where a register holds no sixteen numbers, the compiler keeps Lanes that live from
/// one round of a loop to the next in memory: loops that have sums take HalfLanes there.
inline constexpr int64_t kHalfLanes = kLanes / 2;
using HalfLanes = float __attribute__((vector_size(kHalfLanes * sizeof(float))));
using HalfIntLanes = int32_t __attribute__((vector_size(kHalfLanes * sizeof(int32_t))));

template <class Floats>
inline constexpr int64_t kNumbersIn = sizeof(Floats) / sizeof(float);

/// Whole numbers of the same size, as many.
template <class Floats>
using IntsOf = std::conditional_t<sizeof(Floats) == sizeof(Lanes), IntLanes, HalfIntLanes>;

/// Whether 32 registers hold sixteen numbers each; else there are sixteen of eight or of four.
/// NMSW_HALF_VECTORS=1 in the environment denies it, so that both can be tested on one machine.
inline bool has_many_registers() {
#if defined(__x86_64__) && defined(__linux__)
  static const bool many =
      __builtin_cpu_supports("avx512f") != 0 && std::getenv("NMSW_HALF_VECTORS") == nullptr;
  return many;
#else
  return false;
#endif
}

// Defines name(parameters) by the template body<Floats>(arguments), Floats as long as the
// processor's registers.
#define NMSW_BY_WIDTH(name, body, parameters, arguments)                         \
  NMSW_WIDE_VECTORS void name##_wide parameters { body<Lanes> arguments; }       \
  NMSW_HALF_VECTORS void name##_halves parameters { body<HalfLanes> arguments; } \
  void name parameters { has_many_registers() ? name##_wide arguments : name##_halves arguments; }

}  // namespace nmsw
