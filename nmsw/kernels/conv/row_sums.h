#pragma once

#include <cstdint>

#include "nmsw/kernels/simd/fma_products.h"

namespace nmsw {

/// Taps along x.
inline constexpr int64_t kSumTaps = 3;
/// Output channels that are summed together at most.
inline constexpr int64_t kMostSummed = 6;
/// Elements that a run reads, and floats that it writes, behind its end.
inline constexpr int64_t kSumTail = 4 * kLanes;

/// Sums of products along runs of elements: out[o,i] = Σ_c Σ_k weight[c,k,o] · source[c, i +
/// taps[k]] for `count` runs of `length` elements that begin `step` apart, and for o below
/// `channels`, at most kMostSummed.
template <class Element>
struct PlanarRuns {
  const Element* source;
  const Element* weight;
  int64_t elements, plane;  ///< c's number, and elements from one to the next
  int64_t count, step, length;
  int64_t channels;
  float* out;
  int64_t out_channel;  ///< floats from one o to the next
  int64_t taps[kSumTaps] = {0, 1, 2};
};

void sum_planar_runs(const PlanarRuns<float>& runs);
void sum_planar_runs(const PlanarRuns<Bf16Pair>& runs);

}  // namespace nmsw
