#pragma once

#include "nmsw/kernels/gemm/tile_products.h"
#include "nmsw/kernels/simd/prefetch.h"

namespace nmsw {

/// sums = W₂ · gelu(W₁ · values + b₁) + b₂ for a tile of voxels or tokens, kPointTile of each
/// channel one behind the other; without hidden channels sums = W₂ · values + b₂. Weights are
/// packed by pack_point_tile_weight; pairs are multiplied in bfloat16.
template <class Element>
struct PointTile {
  int64_t in = 0, hidden = 0, out = 0;
  const Element* expand = nullptr;
  const float* expand_bias = nullptr;
  const Element* compress = nullptr;
  const float* compress_bias = nullptr;
  const Element* values = nullptr;   ///< elements of the input channels
  Element* hidden_values = nullptr;  ///< room for those of the hidden ones
  float* sums = nullptr;             ///< output channels
  /// What the caller needs next is fetched into the second cache meanwhile: the values of a later
  /// tile, and what the sums of this one are added to or written over.
  TileRows next_values = {}, target = {};
};

/// Of float32 numbers with has_free_additions() as paired_products.h says, of pairs by matrix
/// registers where has_matrix_tiles().
void run_point_tile(const PointTile<float>& tile);
void run_point_tile(const PointTile<Bf16Pair>& tile);

/// [out,in] row by row to the order in which run_point_tile reads it on this processor.
template <class Element>
int64_t packed_point_tile_size(int64_t in, int64_t out);
template <class Element>
void pack_point_tile_weight(const float* weight, int64_t in, int64_t out, Element* packed);

// What a processor with free additions takes: weights packed by pack_paired_weight.
void run_point_tile_by_additions(const PointTile<float>& tile);

// What one with matrix registers takes.
int64_t packed_matrix_size(int64_t in, int64_t out);
void pack_matrix_weight(const float* weight, int64_t in, int64_t out, Bf16Pair* packed);
void run_point_tile_by_matrix(const PointTile<Bf16Pair>& tile);

}  // namespace nmsw
