#pragma once

#include "nmsw/kernels/conv/conv3x3_same.h"

namespace nmsw {

// Transposed 3×3×3 convolution with stride 2, padding 1 and output padding 1: doubles the grid.
// Vectors lie along x as in planar_conv; along z and y Winograd's filtering makes 25 products of
// 36. Along x an even output voxel has one tap and an odd one two, so that no zero is multiplied.

/// Size in elements, and packing, of weights [I,O,3,3,3].
template <class Element>
int64_t packed_conv_transpose_size(int64_t in, int64_t out);
template <class Element>
void pack_conv_transpose_weight(const float* weight, int64_t in, int64_t out, Element* packed,
                                PackShare share = {});

/// As planar_conv_blocks and planar_conv_scratch.
template <class Element>
int64_t planar_conv_transpose_blocks(const PlanarConvShape& shape);
template <class Element>
int64_t planar_conv_transpose_scratch(const PlanarConvShape& shape);

/// out[o,j] = bias[o] + Σ_c Σ weight[c,o,k] · in[c,i] over all i and k with 2i − 1 + k = j, for the
/// blocks first … last-1. `conv.shape.extent_dhw` is the input's; the output's is twice as large.
/// `added` is ignored. Thread-safe as planar_conv.
template <class Element>
void planar_conv_transpose(const PlanarConv<Element>& conv, int64_t first, int64_t last,
                           float* scratch);

}  // namespace nmsw
