#include "nmsw/kernels/simd/fma_peak.h"

#include "nmsw/kernels/simd/vector_math.h"

namespace nmsw {
namespace {

/// Enough independent accumulators to hide the latency of an FMA, and no more than there are
/// registers.
template <class Floats, int64_t kSums>
NMSW_INLINE float spin(int64_t rounds) {
  constexpr int64_t kTimes = kPeakMacs / (kSums * kNumbersIn<Floats>);
  Floats sums[kSums];
  for (int64_t i = 0; i < kSums; ++i) sums[i] = Floats{} + static_cast<float>(i);
  const Floats factor = Floats{} + 0.999F, addend = Floats{} + 0.001F;
  for (int64_t round = 0; round < rounds * kTimes; ++round) {
#pragma GCC unroll 24
    for (int64_t i = 0; i < kSums; ++i) sums[i] = sums[i] * factor + addend;
  }
  double total = 0;
  for (const Floats& sum : sums) total += sum_of_lanes(sum);
  return static_cast<float>(total);
}

NMSW_WIDE_VECTORS float spin_wide(int64_t rounds) { return spin<Lanes, 24>(rounds); }
NMSW_HALF_VECTORS float spin_halves(int64_t rounds) { return spin<HalfLanes, 12>(rounds); }

}  // namespace

float spin_fma(int64_t rounds) { return (has_many_registers() ? spin_wide : spin_halves)(rounds); }

}  // namespace nmsw
