#include "nmsw/kernels/conv/vector_sums.h"

#include <cstring>

namespace nmsw {
namespace {

template <class Floats>
NMSW_INLINE void sum_blocks(const float* const* sources, const float* weights, int64_t count,
                            float offset, int64_t length, float* out) {
  constexpr int64_t kWide = kNumbersIn<Floats>, kVectors = kSumBlock / kWide;
  for (int64_t p = 0; p < length; p += kSumBlock) {
    Floats sums[kVectors];
    for (Floats& sum : sums) sum = Floats{} + offset;
    for (int64_t t = 0; t < count; ++t) {
      const float* source = sources[t] + p;
      for (int64_t v = 0; v < kVectors; ++v) {
        Floats values;
        std::memcpy(&values, source + v * kWide, sizeof(values));
        sums[v] += weights[t] * values;
      }
    }
    std::memcpy(out + p, sums, sizeof(sums));
  }
}

template <class Floats>
NMSW_INLINE void add_lanes(const float* factor, const float* const* sources, int64_t length,
                           LaneSums* sums) {
  for (int64_t first = 0; first < kLanes; first += kNumbersIn<Floats>) {
    Floats lanes[kProducts] = {};
    for (int64_t p = first; p < length; p += kLanes) {
      Floats left;
      std::memcpy(&left, factor + p, sizeof(left));
      for (int64_t t = 0; t < kProducts; ++t) {
        Floats right;
        std::memcpy(&right, sources[t] + p, sizeof(right));
        lanes[t] += left * right;
      }
    }
    for (int64_t t = 0; t < kProducts; ++t) {
      double* to = sums[t].data() + first;
      for (int64_t i = 0; i < kNumbersIn<Floats>; ++i) to[i] += static_cast<double>(lanes[t][i]);
    }
  }
}

NMSW_BY_WIDTH(sum_any_blocks, sum_blocks,
              (const float* const* sources, const float* weights, int64_t count, float offset,
               int64_t length, float* out),
              (sources, weights, count, offset, length, out))
NMSW_BY_WIDTH(add_any_lanes, add_lanes,
              (const float* factor, const float* const* sources, int64_t length, LaneSums* sums),
              (factor, sources, length, sums))

}  // namespace

void weighted_sum(const float* const* sources, const float* weights, int64_t count, float offset,
                  int64_t length, float* out) {
  sum_any_blocks(sources, weights, count, offset, length, out);
}

void add_products(const float* factor, const float* const* sources, int64_t length,
                  LaneSums* sums) {
  add_any_lanes(factor, sources, length, sums);
}

}  // namespace nmsw
