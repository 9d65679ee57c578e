#pragma once

#include "nmsw/kernels/conv/conv3x3_same.h"

namespace nmsw {

// The convolutions of planar_conv, planar_conv_strided, planar_conv_transpose and point_conv in
// bfloat16 for processors that multiply matrices (matrix_tiles.h). Products are so cheap there that
// Winograd's filtering would cost more than it saves, in time and in digits: these are plain sums.

/// How the output's grid lies on the input's, and how many taps there are along an axis.
enum class TileConvKind {
  same,          ///< 3, stride 1, padding 1
  halved,        ///< 3, stride 2, padding 1
  doubled,       ///< transposed: 3, stride 2, padding 1, output padding 1
  point,         ///< 1
  point_doubled  ///< transposed: 2, stride 2
};

/// Pairs of the packed weights, from [O,I,3,3,3] for same and halved, [I,O,3,3,3] for doubled,
/// [O,I] for point, [O,8,I] for point_doubled; of a share only its part is written.
int64_t packed_tile_conv_size(TileConvKind kind, int64_t in, int64_t out);
void pack_tile_conv_weight(TileConvKind kind, const float* weight, int64_t in, int64_t out,
                           Bf16Pair* packed, PackShare share = {});

/// As planar_conv's, for the input's extent. Of the input only numbers rounded to bfloat16 are
/// taken. Nothing is `added` to a doubled grid.
int64_t tile_conv_blocks(TileConvKind kind, const PlanarConvShape& shape);
int64_t tile_conv_planes(TileConvKind kind, const PlanarConvShape& shape);
int64_t tile_conv_scratch(TileConvKind kind, const PlanarConvShape& shape);
void tile_conv(TileConvKind kind, const PlanarConv<Bf16Pair>& conv, int64_t first, int64_t last,
               float* scratch);

}  // namespace nmsw
