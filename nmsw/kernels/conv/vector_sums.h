#pragma once

#include <array>
#include <cstdint>

#include "nmsw/kernels/simd/vector_width.h"

namespace nmsw {

/// Both functions below work on whole blocks of this many floats. Lengths are rounded up to whole
/// blocks, and that much must be readable (of an output, writable) behind each pointer.
inline constexpr int64_t kSumBlock = 64;

/// A length in floats, rounded up to whole blocks.
inline int64_t in_blocks(int64_t length) {
  return (length + kSumBlock - 1) / kSumBlock * kSumBlock;
}

/// out[p] = offset + Σ_t weights[t] · sources[t][p], for p below `length` rounded up to whole
/// blocks. `out` overlaps no source.
void weighted_sum(const float* const* sources, const float* weights, int64_t count, float offset,
                  int64_t length, float* out);

using LaneSums = std::array<double, kLanes>;

/// Dot products that add_products computes at once.
inline constexpr int64_t kProducts = 9;

/// Nine dot products with one factor: Σ_lane sums[t][lane] grows by Σ_p factor[p] · sources[t][p],
/// p below `length` rounded up to whole blocks; each lane takes every sixteenth p. Beyond the end
/// `factor` must be 0 and the sources finite. Accumulates in float32 within a call.
void add_products(const float* factor, const float* const* sources, int64_t length, LaneSums* sums);

}  // namespace nmsw
