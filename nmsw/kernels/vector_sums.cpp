#include "nmsw/kernels/vector_sums.h"

#include <cstring>

namespace nmsw {
namespace {

constexpr int64_t kVectors = kSumBlock / kLanes;

}  // namespace

NMSW_EVERY_VECTOR_WIDTH
void weighted_sum(const float* const* sources, const float* weights, int64_t count, float offset,
                  int64_t length, float* out) {
  for (int64_t p = 0; p < length; p += kSumBlock) {
    Lanes sums[kVectors];
    for (Lanes& sum : sums) sum = Lanes{} + offset;
    for (int64_t t = 0; t < count; ++t) {
      const float* source = sources[t] + p;
      for (int64_t v = 0; v < kVectors; ++v) {
        Lanes values;
        std::memcpy(&values, source + v * kLanes, sizeof(values));
        sums[v] += weights[t] * values;
      }
    }
    std::memcpy(out + p, sums, sizeof(sums));
  }
}

NMSW_EVERY_VECTOR_WIDTH
void add_products(const float* factor, const float* const* sources, int64_t length,
                  LaneSums* sums) {
  Lanes lanes[kProducts] = {};
  for (int64_t p = 0; p < length; p += kLanes) {
    Lanes left;
    std::memcpy(&left, factor + p, sizeof(left));
    for (int64_t t = 0; t < kProducts; ++t) {
      Lanes right;
      std::memcpy(&right, sources[t] + p, sizeof(right));
      lanes[t] += left * right;
    }
  }
  for (int64_t t = 0; t < kProducts; ++t) {
    WideLanes total;
    std::memcpy(&total, sums[t].data(), sizeof(total));
    total += __builtin_convertvector(lanes[t], WideLanes);
    std::memcpy(sums[t].data(), &total, sizeof(total));
  }
}

}  // namespace nmsw
