#pragma once

#include <cstdint>

#include "nmsw/kernels/simd/fma_products.h"

namespace nmsw {

/// Taps along x.
inline constexpr int64_t kSumTaps = 3;
/// Output channels of a register block, at most.
inline constexpr int64_t kMostSummed = 6;
/// Elements read, and floats written, beyond the end of a run.
inline constexpr int64_t kSumTail = 4 * kLanes;

/// Arguments of register-blocked sums along runs: out[o,i] = Σ_c Σ_k weight[c,k,o] · source[c, i +
/// taps[k]] for o below `channels`, at most kMostSummed, in `count` runs of `length` elements that
/// begin `step` apart.
template <class Element>
struct RowRuns {
  const Element* source;
  const Element* weight;
  int64_t elements, plane;  ///< number of c, and elements from one to the next
  int64_t count, step, length;
  int64_t channels;
  float* out;
  int64_t out_channel;  ///< floats from one o to the next
  int64_t taps[kSumTaps] = {0, 1, 2};
};

/// Thread-safe.
void sum_row_runs(const RowRuns<float>& runs);
void sum_row_runs(const RowRuns<Bf16Pair>& runs);

}  // namespace nmsw
