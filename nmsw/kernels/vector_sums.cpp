#include "nmsw/kernels/vector_sums.h"

#include <cstring>

namespace nmsw {
namespace {

/// What `weighted_sum` and `add_products` are given.
struct WeightedSum {
  const float* const* sources;
  const float* weights;
  int64_t count;
  float offset;
  int64_t length;
  float* out;
};
struct Products {
  const float* factor;
  const float* const* sources;
  int64_t length;
  LaneSums* sums;
};

template <class Floats>
NMSW_INLINE void sum_blocks(const WeightedSum& work) {
  constexpr int64_t kWide = sizeof(Floats) / sizeof(float), kVectors = kSumBlock / kWide;
  for (int64_t p = 0; p < work.length; p += kSumBlock) {
    Floats sums[kVectors];
    for (Floats& sum : sums) sum = Floats{} + work.offset;
    for (int64_t t = 0; t < work.count; ++t) {
      const float* source = work.sources[t] + p;
      for (int64_t v = 0; v < kVectors; ++v) {
        Floats values;
        std::memcpy(&values, source + v * kWide, sizeof(values));
        sums[v] += work.weights[t] * values;
      }
    }
    std::memcpy(work.out + p, sums, sizeof(sums));
  }
}

/// The lanes that a vector has, from lane `first` of all on.
template <class Floats>
NMSW_INLINE void add_lanes(const Products& work, int64_t first) {
  Floats lanes[kProducts] = {};
  for (int64_t p = first; p < work.length; p += kLanes) {
    Floats left;
    std::memcpy(&left, work.factor + p, sizeof(left));
    for (int64_t t = 0; t < kProducts; ++t) {
      Floats right;
      std::memcpy(&right, work.sources[t] + p, sizeof(right));
      lanes[t] += left * right;
    }
  }
  for (int64_t t = 0; t < kProducts; ++t) {
    float numbers[sizeof(Floats) / sizeof(float)];
    std::memcpy(numbers, &lanes[t], sizeof(numbers));
    double* sums = work.sums[t].data() + first;
    for (const float number : numbers) *sums++ += static_cast<double>(number);
  }
}

NMSW_WIDE_VECTORS void sum_wide(const WeightedSum& work) { sum_blocks<Lanes>(work); }
NMSW_HALF_VECTORS void sum_halves(const WeightedSum& work) { sum_blocks<HalfLanes>(work); }
NMSW_WIDE_VECTORS void add_wide(const Products& work) { add_lanes<Lanes>(work, 0); }
NMSW_HALF_VECTORS void add_halves(const Products& work) {
  add_lanes<HalfLanes>(work, 0);
  add_lanes<HalfLanes>(work, kHalfLanes);
}

}  // namespace

void weighted_sum(const float* const* sources, const float* weights, int64_t count, float offset,
                  int64_t length, float* out) {
  (has_many_registers() ? sum_wide : sum_halves)({sources, weights, count, offset, length, out});
}

void add_products(const float* factor, const float* const* sources, int64_t length,
                  LaneSums* sums) {
  (has_many_registers() ? add_wide : add_halves)({factor, sources, length, sums});
}

}  // namespace nmsw
