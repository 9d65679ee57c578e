#pragma once

#include <cstdint>

// One binary for every machine: the compiler makes a version for each instruction set, the loader
// takes the best.
#if defined(__x86_64__) && defined(__linux__)
#define NMSW_EVERY_VECTOR_WIDTH __attribute__((target_clones("avx512f", "arch=haswell", "default")))
#else
#define NMSW_EVERY_VECTOR_WIDTH
#endif

// Only what is inlined is compiled for the caller's vector width.
#define NMSW_INLINE [[gnu::always_inline]] inline

namespace nmsw {

inline constexpr int64_t kLanes = 16;
/// Sixteen numbers, in as many registers as the machine needs for them.
using Lanes = float __attribute__((vector_size(kLanes * sizeof(float))));
using IntLanes = int32_t __attribute__((vector_size(kLanes * sizeof(int32_t))));
using WideLanes = double __attribute__((vector_size(kLanes * sizeof(double))));

/// Whether 32 registers hold sixteen numbers each; else there are sixteen of eight or of four.
inline bool has_many_registers() {
#if defined(__x86_64__) && defined(__linux__)
  static const bool many = __builtin_cpu_supports("avx512f") != 0;
  return many;
#else
  return false;
#endif
}

}  // namespace nmsw
