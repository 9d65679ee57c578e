#pragma once

#include "nmsw/kernels/conv/conv3x3_same.h"
#include "nmsw/kernels/gemm/tile_products.h"

namespace nmsw {

// Convolutions that look at one voxel: the 1×1×1 kernel, and the transposed one of 2×2×2 with
// stride 2, which makes eight voxels of one. Both as planar_conv: from channels wherever they lie,
// each with its norm, in blocks of any order; weights packed by pack_pointwise_weight.

/// How the output's grid lies on the input's.
enum class PointGrid { same, doubled };

template <class Element>
int64_t point_conv_blocks(const PlanarConvShape& shape);
template <class Element>
int64_t point_conv_scratch(const PlanarConvShape& shape, PointGrid grid);

/// same: out[o,i] = bias[o] + Σ_c weight[o,c] · in[c,i] + added[o,i]. doubled: out[o, 2i + k] =
/// bias[o] + Σ_c weight[o·8 + k, c] · in[c,i], k = 0 … 7 the eight voxels z, y, x;
/// `conv.shape.extent_dhw` is the input's, and nothing is `added`.
template <class Element>
void point_conv(const PlanarConv<Element>& conv, PointGrid grid, int64_t first, int64_t last,
                float* scratch);

}  // namespace nmsw
