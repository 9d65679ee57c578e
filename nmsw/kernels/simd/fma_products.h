#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

#include "nmsw/kernels/simd/vector_width.h"

namespace nmsw {

// What kernels multiply and accumulate: float32, or bfloat16 pairs of two neighbouring input
// channels. Pairs halve the memory traffic and, with AVX-512 BF16, double the products per
// instruction. Accumulators are float32 in both cases.

/// Two bfloat16 numbers, the first channel's in the lower half. An odd last channel is paired with
/// zero.
using Bf16Pair = uint32_t;
using PairLanes = Bf16Pair __attribute__((vector_size(kLanes * sizeof(Bf16Pair))));
using HalfPairLanes = Bf16Pair __attribute__((vector_size(kHalfLanes * sizeof(Bf16Pair))));

/// Channels per element.
template <class Element>
inline constexpr int64_t kChannelsOf = std::is_same_v<Element, Bf16Pair> ? 2 : 1;

/// Elements needed for so many channels.
template <class Element>
constexpr int64_t elements_of(int64_t channels) {
  return (channels + kChannelsOf<Element> - 1) / kChannelsOf<Element>;
}

/// Packs two vectors into pairs, each number rounded to the nearest bfloat16, ties to even.
template <class Floats, class Pairs>
NMSW_INLINE void pair_lanes(const Floats& first, const Floats& second, Pairs& to) {
  Pairs low, high;
  std::memcpy(&low, &first, sizeof(low));
  std::memcpy(&high, &second, sizeof(high));
  low += 0x7FFFU + ((low >> 16) & 1U);
  high += 0x7FFFU + ((high >> 16) & 1U);
  to = (low >> 16) | (high & 0xFFFF0000U);
}

/// Bits of the nearest bfloat16, ties to even.
inline uint32_t bf16_bits(float number) {
  uint32_t bits;
  std::memcpy(&bits, &number, sizeof(bits));
  return (bits + 0x7FFFU + ((bits >> 16) & 1U)) >> 16;
}

/// Packs kChannelsOf<Element> numbers into one element.
template <class Element>
Element element_of(const float* numbers) {
  if constexpr (kChannelsOf<Element> == 1) {
    return numbers[0];
  } else {
    return bf16_bits(numbers[0]) | bf16_bits(numbers[1]) << 16;
  }
}

/// Products policy for float32. add(): sum += weight · values. store(): writes a vector of
/// elements, given one vector for each of their channels. Halves: the same with half the lanes.
template <class Floats>
struct FloatProducts {
  using Element = float;
  using Vector = Floats;
  using Sums = Floats;
  using Halves = FloatProducts<HalfLanes>;
  NMSW_INLINE static void add(float weight, const Floats& values, Floats& sum) {
    sum += weight * values;
  }
  NMSW_INLINE static void store(const Floats* channels, float* to) {
    const Floats numbers = channels[0];  // else it is copied in pieces
    std::memcpy(to, &numbers, sizeof(numbers));
  }
};
using Float32Products = FloatProducts<Lanes>;

/// Products policy for pairs on any processor: sum += first · first + second · second, unpacked to
/// float32.
template <class Floats, class Pairs>
struct PairProducts {
  using Element = Bf16Pair;
  using Vector = Pairs;
  using Sums = Floats;
  using Halves = PairProducts<HalfLanes, HalfPairLanes>;
  NMSW_INLINE static void add(Bf16Pair weight, const Pairs& values, Floats& sum) {
    add_one(weight << 16, values << 16, sum);
    add_one(weight & 0xFFFF0000U, values & 0xFFFF0000U, sum);
  }
  NMSW_INLINE static void store(const Floats* channels, Bf16Pair* to) {
    Pairs pairs;
    pair_lanes(channels[0], channels[1], pairs);
    std::memcpy(to, &pairs, sizeof(pairs));
  }

 private:
  NMSW_INLINE static void add_one(uint32_t weight_bits, const Pairs& bits, Floats& sum) {
    float weight;
    Floats values;
    std::memcpy(&weight, &weight_bits, sizeof(weight));
    std::memcpy(&values, &bits, sizeof(values));
    sum += weight * values;
  }
};
using Bf16Products = PairProducts<Lanes, PairLanes>;

/// Lanes of an accumulator.
template <class Products>
inline constexpr int64_t kLanesOf = kNumbersIn<typename Products::Sums>;

/// Zeroes accumulators in registers; an initializer `= {}` would clear memory first.
template <class Sums, int64_t kRows, int64_t kColumns>
NMSW_INLINE void clear_sums(Sums (&sums)[kRows][kColumns]) {
#pragma GCC unroll 6
  for (int64_t row = 0; row < kRows; ++row) {
#pragma GCC unroll 4
    for (int64_t column = 0; column < kColumns; ++column) sums[row][column] = Sums{};
  }
}

/// Stores accumulators row by row, rows `apart` floats apart.
template <class Sums, int64_t kRows, int64_t kVectors>
NMSW_INLINE void store_sums(const Sums (&sums)[kRows][kVectors], int64_t apart, float* to) {
#pragma GCC unroll 6
  for (int64_t row = 0; row < kRows; ++row) {
#pragma GCC unroll 4
    for (int64_t v = 0; v < kVectors; ++v) {
      const Sums sum = sums[row][v];
      std::memcpy(to + row * apart + v * kNumbersIn<Sums>, &sum, sizeof(sum));
    }
  }
}

#if defined(__x86_64__) && defined(__linux__)
#define NMSW_BF16_INSTRUCTIONS NMSW_WIDE_VECTORS

/// Products policy for pairs by AVX-512 BF16 (vdpbf16ps, which treats denormals as zero). Only in
/// functions marked NMSW_BF16_INSTRUCTIONS, where has(Instructions::bf16).
struct Bf16DotProducts {
  using Element = Bf16Pair;
  using Vector = PairLanes;
  using Sums = Lanes;
  NMSW_INLINE static void add(Bf16Pair weight, const PairLanes& values, Lanes& sum) {
    // Inline assembly, not an intrinsic: this is inlined into functions for every target. On a
    // copy: an accumulator that is an asm operand itself would be kept in memory.
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

#else
#define NMSW_BF16_INSTRUCTIONS
using Bf16DotProducts = Bf16Products;
#endif

// Defines name(work) for Work<Bf16Pair>, in an unnamed namespace: dispatches at run time to
// body<Products>(work), compiled for AVX-512 BF16, AVX-512 or shorter vectors.
#define NMSW_PAIRS_FOR_EVERY_WIDTH(name, body, Work)                                           \
  NMSW_WIDE_VECTORS void name##_wide(const Work<Bf16Pair>& work) { body<Bf16Products>(work); } \
  NMSW_HALF_VECTORS void name##_halves(const Work<Bf16Pair>& work) {                           \
    body<Bf16Products::Halves>(work);                                                          \
  }                                                                                            \
  NMSW_BF16_INSTRUCTIONS void name##_by_dot(const Work<Bf16Pair>& work) {                      \
    body<Bf16DotProducts>(work);                                                               \
  }                                                                                            \
  void name(const Work<Bf16Pair>& work) {                                                      \
    if (has(Instructions::bf16)) return name##_by_dot(work);                                   \
    has_many_registers() ? name##_wide(work) : name##_halves(work);                            \
  }

// The same for both Work<float> and Work<Bf16Pair>.
#define NMSW_FOR_EVERY_WIDTH(name, body, Work)                                                 \
  NMSW_WIDE_VECTORS void name##_wide(const Work<float>& work) { body<Float32Products>(work); } \
  NMSW_HALF_VECTORS void name##_halves(const Work<float>& work) {                              \
    body<Float32Products::Halves>(work);                                                       \
  }                                                                                            \
  void name(const Work<float>& work) {                                                         \
    has_many_registers() ? name##_wide(work) : name##_halves(work);                            \
  }                                                                                            \
  NMSW_PAIRS_FOR_EVERY_WIDTH(name, body, Work)

}  // namespace nmsw
