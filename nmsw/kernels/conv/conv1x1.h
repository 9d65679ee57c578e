#pragma once

#include "nmsw/kernels/conv/conv3x3_same.h"
#include "nmsw/kernels/gemm/tile_products.h"

namespace nmsw {

// Convolutions of single voxels: 1×1×1, and the transposed 2×2×2 of stride 2, which makes eight
// voxels of one. As planar_conv: channels anywhere in memory with deferred norms, blocks in any
// order. Weights are packed by pack_pointwise_weight.

/// The output's grid: the input's, or twice as fine.
enum class PointGrid { same, doubled };

/// As planar_conv_blocks and planar_conv_scratch.
template <class Element>
int64_t point_conv_blocks(const PlanarConvShape& shape);
template <class Element>
int64_t point_conv_scratch(const PlanarConvShape& shape, PointGrid grid);

/// same: out[o,i] = bias[o] + Σ_c weight[o,c] · in[c,i] + added[o,i]. doubled: out[o, 2i + k] =
/// bias[o] + Σ_c weight[o·8 + k, c] · in[c,i] for the eight voxels k = (z, y, x); `added` is
/// ignored. `conv.shape.extent_dhw` is the input's. Thread-safe as planar_conv.
template <class Element>
void point_conv(const PlanarConv<Element>& conv, PointGrid grid, int64_t first, int64_t last,
                float* scratch);

}  // namespace nmsw
