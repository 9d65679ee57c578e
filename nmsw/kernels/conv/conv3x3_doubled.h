#pragma once

#include "nmsw/kernels/conv/conv3x3_same.h"

namespace nmsw {

// The transposed convolution that doubles a grid: kernel 3, stride 2, padding 1, output padding 1.
// Its vectors lie along x as planar_conv's; each output voxel is summed from the input voxels that
// reach it, one or two an axis by its parity, so that no zero is multiplied.

/// Elements of the packed weights, from the weights [I,O,3,3,3].
template <class Element>
int64_t packed_conv_transpose_size(int64_t in, int64_t out);
template <class Element>
void pack_conv_transpose_weight(const float* weight, int64_t in, int64_t out, Element* packed,
                                PackShare share = {});

/// Likewise planar_conv's.
template <class Element>
int64_t planar_conv_transpose_blocks(const PlanarConvShape& shape);
template <class Element>
int64_t planar_conv_transpose_scratch(const PlanarConvShape& shape);

/// out[o,j] = bias[o] + Σ_c Σ weight[c,o,k] · in[c,i] over all i and k with 2i − 1 + k = j, for the
/// blocks first … last-1. `conv.shape.extent_dhw` is the input's, the output's is twice as large;
/// nothing is `added`.
template <class Element>
void planar_conv_transpose(const PlanarConv<Element>& conv, int64_t first, int64_t last,
                           float* scratch);

}  // namespace nmsw
