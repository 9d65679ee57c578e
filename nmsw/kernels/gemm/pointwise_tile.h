#pragma once

#include "nmsw/kernels/gemm/tile_products.h"
#include "nmsw/kernels/simd/prefetch.h"

namespace nmsw {

/// One tile of kPointTile voxels or tokens: sums = W₂ · gelu(W₁ · values + b₁) + b₂, or sums = W₂ ·
/// values + b₂ where hidden is 0. All operands are [channel][kPointTile]. Weights are packed by
/// pack_point_tile_weight. With Bf16Pair, inputs of products are bfloat16 and accumulation is
/// float32.
template <class Element>
struct PointwiseTile {
  int64_t in = 0, hidden = 0, out = 0;
  const Element* expand = nullptr;
  const float* expand_bias = nullptr;
  const Element* compress = nullptr;
  const float* compress_bias = nullptr;
  const Element* values = nullptr;   ///< [elements of in][kPointTile]
  Element* hidden_values = nullptr;  ///< scratch, [elements of hidden][kPointTile]
  float* sums = nullptr;             ///< [out][kPointTile]
  /// Prefetched into L2 meanwhile: the values of a later tile, and the memory that this tile's sums
  /// are added to or written over.
  TileRows next_values = {}, target = {};
};

/// Takes this processor's fastest kernel: float32 by pairs of products (inner_product_pairs.h)
/// where additions are free, Bf16Pair by AMX where there is AMX, else plain FMAs. Thread-safe.
void run_point_tile(const PointwiseTile<float>& tile);
void run_point_tile(const PointwiseTile<Bf16Pair>& tile);

/// Packs [out,in], row-major, in the order in which run_point_tile reads it on this processor; the
/// size is in elements.
template <class Element>
int64_t packed_point_tile_size(int64_t in, int64_t out);
template <class Element>
void pack_point_tile_weight(const float* weight, int64_t in, int64_t out, Element* packed);

// The kernel by pairs of products; weights packed by pack_paired_weight.
void run_point_tile_by_additions(const PointwiseTile<float>& tile);

// The kernel by AMX; weights packed by pack_matrix_weight.
int64_t packed_matrix_size(int64_t in, int64_t out);
void pack_matrix_weight(const float* weight, int64_t in, int64_t out, Bf16Pair* packed);
void run_point_tile_by_matrix(const PointwiseTile<Bf16Pair>& tile);

}  // namespace nmsw
