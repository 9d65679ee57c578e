#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

#include "nmsw/kernels/vector_width.h"

namespace nmsw {

// What kernels multiply: float32 numbers, or pairs of bfloat16 numbers of two neighbouring
// channels, which halve what is read and, where the processor has an instruction for them, double
// the products it makes. Sums are float32 in either case.

/// Two numbers in bfloat16, the first channel's in the lower half; an odd last channel has zero
/// beside it.
using Bf16Pair = uint32_t;
using PairLanes = Bf16Pair __attribute__((vector_size(kLanes * sizeof(Bf16Pair))));

/// Channels that one element holds.
template <class Element>
inline constexpr int64_t kChannelsOf = std::is_same_v<Element, Bf16Pair> ? 2 : 1;

/// Elements that hold so many channels.
template <class Element>
constexpr int64_t elements_of(int64_t channels) {
  return (channels + kChannelsOf<Element> - 1) / kChannelsOf<Element>;
}

/// Sixteen pairs, each number rounded to the nearest bfloat16, ties to even.
NMSW_INLINE void pair_lanes(const Lanes& first, const Lanes& second, PairLanes& to) {
  PairLanes low, high;
  std::memcpy(&low, &first, sizeof(low));
  std::memcpy(&high, &second, sizeof(high));
  low += 0x7FFFU + ((low >> 16) & 1U);
  high += 0x7FFFU + ((high >> 16) & 1U);
  to = (low >> 16) | (high & 0xFFFF0000U);
}

/// The nearest bfloat16, ties to even.
inline uint32_t bf16_bits(float number) {
  uint32_t bits;
  std::memcpy(&bits, &number, sizeof(bits));
  return (bits + 0x7FFFU + ((bits >> 16) & 1U)) >> 16;
}

/// One element from as many numbers as it holds.
template <class Element>
Element element_of(const float* numbers) {
  if constexpr (kChannelsOf<Element> == 1) {
    return numbers[0];
  } else {
    return bf16_bits(numbers[0]) | bf16_bits(numbers[1]) << 16;
  }
}

/// sum += weight · values. `store` makes sixteen elements from the vectors of the channels that
/// they hold.
struct Float32Products {
  using Element = float;
  using Vector = Lanes;
  NMSW_INLINE static void add(float weight, const Lanes& values, Lanes& sum) {
    sum += weight * values;
  }
  NMSW_INLINE static void store(const Lanes* channels, float* to) {
    std::memcpy(to, channels, sizeof(Lanes));
  }
};

/// sum += first · first + second · second, by any processor.
struct Bf16Products {
  using Element = Bf16Pair;
  using Vector = PairLanes;
  NMSW_INLINE static void add(Bf16Pair weight, const PairLanes& values, Lanes& sum) {
    add_one(weight << 16, values << 16, sum);
    add_one(weight & 0xFFFF0000U, values & 0xFFFF0000U, sum);
  }
  NMSW_INLINE static void store(const Lanes* channels, Bf16Pair* to) {
    PairLanes pairs;
    pair_lanes(channels[0], channels[1], pairs);
    std::memcpy(to, &pairs, sizeof(pairs));
  }

 private:
  NMSW_INLINE static void add_one(uint32_t weight_bits, const PairLanes& bits, Lanes& sum) {
    float weight;
    Lanes values;
    std::memcpy(&weight, &weight_bits, sizeof(weight));
    std::memcpy(&values, &bits, sizeof(values));
    sum += weight * values;
  }
};

#if defined(__x86_64__) && defined(__linux__)
#define NMSW_BF16_INSTRUCTIONS __attribute__((target("avx512f")))

/// The same by AVX-512's instruction for it, which takes numbers too small for a normal float32 for
/// zero; for functions marked NMSW_BF16_INSTRUCTIONS, where has_bf16_instructions().
struct Bf16DotProducts {
  using Element = Bf16Pair;
  using Vector = PairLanes;
  NMSW_INLINE static void add(Bf16Pair weight, const PairLanes& values, Lanes& sum) {
    // No intrinsic: what is inlined into every width must not need one of them. On a copy, as sums
    // that an assembly instruction names stay in memory.
    const PairLanes weights = PairLanes{} + weight;
    Lanes total = sum;
    asm("vdpbf16ps %2, %1, %0" : "+v"(total) : "v"(values), "v"(weights));
    sum = total;
  }
  NMSW_INLINE static void store(const Lanes* channels, Bf16Pair* to) {
    using Halves = uint16_t __attribute__((vector_size(sizeof(Lanes))));
    const Halves order{0, 16, 1, 17, 2,  18, 3,  19, 4,  20, 5,  21, 6,  22, 7,  23,
                       8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31};
    const Lanes first = channels[0], second = channels[1];
    Halves apart, pairs;
    asm("vcvtne2ps2bf16 %1, %2, %0" : "=v"(apart) : "v"(first), "v"(second));
    asm("vpermw %1, %2, %0" : "=v"(pairs) : "v"(apart), "v"(order));
    std::memcpy(to, &pairs, sizeof(pairs));
  }
};

inline bool has_bf16_instructions() {
  static const bool found = __builtin_cpu_supports("avx512f") != 0 &&
                            __builtin_cpu_supports("avx512bw") != 0 &&
                            __builtin_cpu_supports("avx512bf16") != 0;
  return found;
}
#else
#define NMSW_BF16_INSTRUCTIONS
using Bf16DotProducts = Bf16Products;
inline bool has_bf16_instructions() { return false; }
#endif

}  // namespace nmsw
