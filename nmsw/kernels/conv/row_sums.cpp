#include "nmsw/kernels/conv/row_sums.h"

#include <cstring>

namespace nmsw {
namespace {

/// Register block: kOut channels by kVectors vectors of voxels, from `at` on.
template <class Products, int64_t kOut, int64_t kVectors, class Element>
NMSW_INLINE void sum_voxels(const RowRuns<Element>& runs, int64_t at) {
  using Sums = typename Products::Sums;
  Sums sums[kOut][kVectors];
  clear_sums(sums);
  const Element* weight = runs.weight;
  for (int64_t c = 0; c < runs.elements; ++c) {
    const Element* from = runs.source + at + c * runs.plane;
#pragma GCC unroll 3
    for (int64_t k = 0; k < kSumTaps; ++k) {
      typename Products::Vector values[kVectors];
#pragma GCC unroll 4
      for (int64_t v = 0; v < kVectors; ++v) {
        std::memcpy(&values[v], from + runs.taps[k] + v * kLanesOf<Products>, sizeof(values[v]));
      }
#pragma GCC unroll 6
      for (int64_t o = 0; o < kOut; ++o) {
#pragma GCC unroll 4
        for (int64_t v = 0; v < kVectors; ++v) Products::add(weight[o], values[v], sums[o][v]);
      }
      weight += kOut;
    }
  }
  store_sums(sums, runs.out_channel, runs.out + at);
}

template <class Products, int64_t kOut, class Element>
NMSW_INLINE void sum_runs(const RowRuns<Element>& runs) {
  for (int64_t first = 0; first < runs.count * runs.step; first += runs.step) {
    const int64_t end = first + runs.length;
    int64_t at = first;
    if constexpr (kLanesOf<Products> == kLanes) {
      for (; at + kSumTail - kLanes < end; at += kSumTail) {
        sum_voxels<Products, kOut, kSumTail / kLanes>(runs, at);
      }
      for (; at + kLanes < end; at += 2 * kLanes) sum_voxels<Products, kOut, 2>(runs, at);
      if (at < end) sum_voxels<Products, kOut, 1>(runs, at);
    } else {
      // With 16 registers: six channels by two vectors, and the operands.
      constexpr int64_t kVectors = kOut <= 2 ? 4 : 2;
      for (; at < end; at += kVectors * kHalfLanes) sum_voxels<Products, kOut, kVectors>(runs, at);
    }
  }
}

template <class Products, class Element>
NMSW_INLINE void sum_channels(const RowRuns<Element>& runs) {
  switch (runs.channels) {
    case 1:
      return sum_runs<Products, 1>(runs);
    case 2:
      return sum_runs<Products, 2>(runs);
    case 3:
      return sum_runs<Products, 3>(runs);
    case 4:
      return sum_runs<Products, 4>(runs);
    case 5:
      return sum_runs<Products, 5>(runs);
    default:
      return sum_runs<Products, kMostSummed>(runs);
  }
}

NMSW_FOR_EVERY_WIDTH(sum_any_runs, sum_channels, RowRuns)

}  // namespace

void sum_row_runs(const RowRuns<float>& runs) { sum_any_runs(runs); }
void sum_row_runs(const RowRuns<Bf16Pair>& runs) { sum_any_runs(runs); }

}  // namespace nmsw
