#include "nmsw/kernels/planar_sums.h"

#include <cstring>

namespace nmsw {
namespace {

/// The sums of kOut channels at kVectors·kLanes voxels from `at` on.
template <class Products, int64_t kOut, int64_t kVectors, class Element>
NMSW_INLINE void sum_voxels(const PlanarRuns<Element>& runs, int64_t at) {
  Lanes sums[kOut][kVectors] = {};
  const Element* weight = runs.weight;
  for (int64_t c = 0; c < runs.elements; ++c) {
    const Element* from = runs.source + at + c * runs.plane;
#pragma GCC unroll 3
    for (int64_t k = 0; k < kSumTaps; ++k) {
      typename Products::Vector values[kVectors];
#pragma GCC unroll 4
      for (int64_t v = 0; v < kVectors; ++v) {
        std::memcpy(&values[v], from + runs.taps[k] + v * kLanes, sizeof(values[v]));
      }
#pragma GCC unroll 6
      for (int64_t o = 0; o < kOut; ++o) {
#pragma GCC unroll 4
        for (int64_t v = 0; v < kVectors; ++v) Products::add(weight[o], values[v], sums[o][v]);
      }
      weight += kOut;
    }
  }
  for (int64_t o = 0; o < kOut; ++o) {
    std::memcpy(runs.out + o * runs.out_channel + at, sums[o], sizeof(sums[o]));
  }
}

/// With sixteen registers of half the width, longer blocks would live in memory.
template <class Products, int64_t kOut, class Element>
NMSW_INLINE void sum_runs(const PlanarRuns<Element>& runs, bool many_registers) {
  for (int64_t first = 0; first < runs.count * runs.step; first += runs.step) {
    const int64_t end = first + runs.length;
    int64_t at = first;
    if (many_registers) {
      for (; at + kSumTail - kLanes < end; at += kSumTail) {
        sum_voxels<Products, kOut, kSumTail / kLanes>(runs, at);
      }
      for (; at + kLanes < end; at += 2 * kLanes) sum_voxels<Products, kOut, 2>(runs, at);
    }
    for (; at < end; at += kLanes) sum_voxels<Products, kOut, 1>(runs, at);
  }
}

template <class Products, class Element>
NMSW_INLINE void sum_channels(const PlanarRuns<Element>& runs, int64_t count, bool many_registers) {
  switch (count) {
    case 1:
      return sum_runs<Products, 1>(runs, many_registers);
    case 2:
      return sum_runs<Products, 2>(runs, many_registers);
    case 3:
      return sum_runs<Products, 3>(runs, many_registers);
    case 4:
      return sum_runs<Products, 4>(runs, many_registers);
    case 5:
      return sum_runs<Products, 5>(runs, many_registers);
    default:
      return sum_runs<Products, kMostSummed>(runs, many_registers);
  }
}

NMSW_EVERY_VECTOR_WIDTH
void sum_floats(const PlanarRuns<float>& runs, int64_t count, bool many_registers) {
  sum_channels<Float32Products>(runs, count, many_registers);
}

NMSW_EVERY_VECTOR_WIDTH
void sum_pairs_anywhere(const PlanarRuns<Bf16Pair>& runs, int64_t count, bool many_registers) {
  sum_channels<Bf16Products>(runs, count, many_registers);
}

NMSW_BF16_INSTRUCTIONS
void sum_pairs_by_dot(const PlanarRuns<Bf16Pair>& runs, int64_t count) {
  sum_channels<Bf16DotProducts>(runs, count, true);
}

}  // namespace

void sum_planar_runs(const PlanarRuns<float>& runs, int64_t count) {
  sum_floats(runs, count, has_many_registers());
}

void sum_planar_runs(const PlanarRuns<Bf16Pair>& runs, int64_t count) {
  if (has_bf16_instructions()) return sum_pairs_by_dot(runs, count);
  sum_pairs_anywhere(runs, count, has_many_registers());
}

}  // namespace nmsw
