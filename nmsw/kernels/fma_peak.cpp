#include "nmsw/kernels/fma_peak.h"

#include "nmsw/kernels/vector_math.h"

namespace nmsw {
namespace {

/// Enough sums that none waits for its predecessor.
constexpr int64_t kSums = kPeakMacs / kLanes;

}  // namespace

NMSW_EVERY_VECTOR_WIDTH
float spin_fma(int64_t rounds) {
  Lanes sums[kSums];
  for (int64_t i = 0; i < kSums; ++i) sums[i] = Lanes{} + static_cast<float>(i);
  const Lanes factor = Lanes{} + 0.999F, addend = Lanes{} + 0.001F;
  for (int64_t round = 0; round < rounds; ++round) {
#pragma GCC unroll 24
    for (int64_t i = 0; i < kSums; ++i) sums[i] = sums[i] * factor + addend;
  }
  double total = 0;
  for (const Lanes& sum : sums) total += sum_of_lanes(sum);
  return static_cast<float>(total);
}

}  // namespace nmsw
