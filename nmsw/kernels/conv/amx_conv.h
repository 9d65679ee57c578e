#pragma once

#include "nmsw/kernels/conv/conv3x3_same.h"

namespace nmsw {

// planar_conv, planar_conv_strided, planar_conv_transpose and point_conv in bfloat16 by AMX
// (gemm/amx_tiles.h), as plain sums: products are so cheap there that Winograd's transforms would
// cost more than they save, in time and in accuracy.

/// Kernel size along an axis, and stride.
enum class TileConvKind {
  same,          ///< 3, stride 1, padding 1
  halved,        ///< 3, stride 2, padding 1
  doubled,       ///< transposed: 3, stride 2, padding 1, output padding 1
  point,         ///< 1
  point_doubled  ///< transposed: 2, stride 2
};

/// Size in pairs, and packing. Weights are [O,I,3,3,3] for same and halved, [I,O,3,3,3] for
/// doubled, [O,I] for point, [O,8,I] for point_doubled. Only the blocks of `share` are written.
int64_t packed_tile_conv_size(TileConvKind kind, int64_t in, int64_t out);
void pack_tile_conv_weight(TileConvKind kind, const float* weight, int64_t in, int64_t out,
                           Bf16Pair* packed, PackShare share = {});

/// As planar_conv_blocks, planar_conv_planes and planar_conv_scratch; `shape` has the input's
/// extent.
int64_t tile_conv_blocks(TileConvKind kind, const PlanarConvShape& shape);
int64_t tile_conv_planes(TileConvKind kind, const PlanarConvShape& shape);
int64_t tile_conv_scratch(TileConvKind kind, const PlanarConvShape& shape);
/// As planar_conv. The input is rounded to bfloat16. On a doubled grid `added` is ignored.
void tile_conv(TileConvKind kind, const PlanarConv<Bf16Pair>& conv, int64_t first, int64_t last,
               float* scratch);

}  // namespace nmsw
