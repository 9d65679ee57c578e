#pragma once

#include <array>
#include <cstdint>

#include "nmsw/kernels/simd/vector_width.h"

namespace nmsw {

/// Arrays that the two sums below read are looked at in whole blocks: their length is rounded up to
/// this many floats, and that many values must be readable (and, of an output, writable) behind
/// each pointer.
inline constexpr int64_t kSumBlock = 64;

/// A length rounded up to whole blocks.
inline int64_t in_blocks(int64_t length) {
  return (length + kSumBlock - 1) / kSumBlock * kSumBlock;
}

/// out[p] = offset + Σ_t weights[t] · sources[t][p], for p below `length` rounded up to whole
/// blocks. `out` overlaps no source.
void weighted_sum(const float* const* sources, const float* weights, int64_t count, float offset,
                  int64_t length, float* out);

using LaneSums = std::array<double, kLanes>;

/// How many products `add_products` forms at once.
inline constexpr int64_t kProducts = 9;

/// Σ_lane sums[t][lane] grows by Σ_p factor[p] · sources[t][p] for the nine sources, p below
/// `length` rounded up to whole blocks: what lies behind the end must be 0 in `factor` and a number
/// in the sources. Within a call products are added in float32, each lane taking every sixteenth.
void add_products(const float* factor, const float* const* sources, int64_t length, LaneSums* sums);

}  // namespace nmsw
