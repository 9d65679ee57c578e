#pragma once

#include <cstdint>
#include <cstring>

#include "nmsw/kernels/simd/fma_products.h"

namespace nmsw {

// Pointwise products: a weight matrix times a tile of voxels, register-blocked.

inline constexpr int64_t kPointVectors = 4;
/// Voxels of a tile.
inline constexpr int64_t kPointTile = kPointVectors * kLanes;
/// Rows of a register block: with four vectors each they fill 24 of 32 registers.
inline constexpr int64_t kPointRows = 6;

/// Rows of the next register block, kMost at most, where `left` rows are left.
template <int64_t kMost = kPointRows>
constexpr int64_t rows_together(int64_t left) {
  return left >= kMost ? kMost : left >= 2 ? 2 : 1;
}

/// Packs [out,in], row-major, as [block of rows][element of input channels][row of the block];
/// writes elements_of(in) · out elements.
template <class Element>
void pack_pointwise_weight(const float* weight, int64_t in, int64_t out, Element* packed);

/// Vectors per tile.
template <class Products>
inline constexpr int64_t kTileVectors = kPointTile / kLanesOf<Products>;

/// One register block: kCount rows of weight · values + bias for kVectors vectors of the tile, from
/// vector `first` on.
template <class Products, int64_t kVectors, int64_t kCount, class Element, class Finish>
NMSW_INLINE void multiply_vectors(const Element* weight, const float* bias, const Element* values,
                                  int64_t elements, int64_t first, Finish finish) {
  constexpr int64_t kWide = kLanesOf<Products>;
  typename Products::Sums sums[kCount][kVectors];
#pragma GCC unroll 6
  for (int64_t row = 0; row < kCount; ++row) {
#pragma GCC unroll 4
    for (int64_t v = 0; v < kVectors; ++v) sums[row][v] = typename Products::Sums{} + bias[row];
  }
  for (int64_t c = 0; c < elements; ++c) {
    typename Products::Vector vectors[kVectors];
#pragma GCC unroll 4
    for (int64_t v = 0; v < kVectors; ++v) {
      std::memcpy(&vectors[v], values + c * kPointTile + (first + v) * kWide, sizeof(vectors[v]));
    }
#pragma GCC unroll 6
    for (int64_t row = 0; row < kCount; ++row) {
#pragma GCC unroll 4
      for (int64_t v = 0; v < kVectors; ++v) {
        Products::add(weight[row], vectors[v], sums[row][v]);
      }
    }
    weight += kCount;
  }
  finish(first * kWide, sums);
}

/// kCount rows of weight · values + bias for a whole tile: finish(lane, sums [kCount][vectors])
/// takes the sums of some vectors of voxels, from `lane` of the tile on.
template <class Products, int64_t kCount, class Element, class Finish>
NMSW_INLINE void multiply_points(const Element* weight, const float* bias, const Element* values,
                                 int64_t elements, Finish finish) {
  // With 16 registers: six rows by two vectors, and the operands.
  constexpr int64_t kVectors = kLanesOf<Products> == kLanes || kCount < kPointRows ? 4 : 2;
  for (int64_t first = 0; first < kTileVectors<Products>; first += kVectors) {
    multiply_vectors<Products, kVectors, kCount>(weight, bias, values, elements, first, finish);
  }
}

}  // namespace nmsw
