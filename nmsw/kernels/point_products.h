#pragma once

#include <cstdint>
#include <cstring>

#include "nmsw/kernels/products.h"

namespace nmsw {

// Products of channels, voxel by voxel: rows of a weight matrix times a tile of voxels.

inline constexpr int64_t kPointVectors = 4;
/// Voxels of a tile.
inline constexpr int64_t kPointTile = kPointVectors * kLanes;
/// Rows of a product that are summed together: with four vectors each they fill the registers.
inline constexpr int64_t kPointRows = 6;

/// Rows that are summed together where `left` of them are left.
constexpr int64_t rows_together(int64_t left) {
  return left >= kPointRows ? kPointRows : left >= 2 ? 2 : 1;
}

/// [out,in] row by row to the order in which the products read it: elements_of(in) · out elements.
template <class Element>
void pack_pointwise_weight(const float* weight, int64_t in, int64_t out, Element* packed);

/// kCount rows of weight · values + bias.
template <class Products, int64_t kCount, class Element>
NMSW_INLINE void multiply_points(const Element* weight, const float* bias, const Element* values,
                                 int64_t elements, Lanes (&sums)[kCount][kPointVectors]) {
  for (int64_t row = 0; row < kCount; ++row) {
    for (int64_t v = 0; v < kPointVectors; ++v) sums[row][v] = Lanes{} + bias[row];
  }
  for (int64_t c = 0; c < elements; ++c) {
    typename Products::Vector vectors[kPointVectors];
#pragma GCC unroll 4
    for (int64_t v = 0; v < kPointVectors; ++v) {
      std::memcpy(&vectors[v], values + c * kPointTile + v * kLanes, sizeof(vectors[v]));
    }
#pragma GCC unroll 6
    for (int64_t row = 0; row < kCount; ++row) {
#pragma GCC unroll 4
      for (int64_t v = 0; v < kPointVectors; ++v) {
        Products::add(weight[row], vectors[v], sums[row][v]);
      }
    }
    weight += kCount;
  }
}

}  // namespace nmsw
