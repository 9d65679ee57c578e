#pragma once

#include "nmsw/kernels/conv/conv3x3_same.h"

namespace nmsw {

// The convolution that halves a grid: kernel 3, stride 2, padding 1. Its vectors lie along x as
// planar_conv's, its products are those of Winograd's filtering along z and y, 25 for 36.

/// Elements of the packed weights, from the weights [O,I,3,3,3].
template <class Element>
int64_t packed_conv_strided_size(int64_t in, int64_t out);
template <class Element>
void pack_conv_strided_weight(const float* weight, int64_t in, int64_t out, Element* packed,
                              PackShare share = {});

/// Likewise planar_conv's.
template <class Element>
int64_t planar_conv_strided_blocks(const PlanarConvShape& shape);
template <class Element>
int64_t planar_conv_strided_scratch(const PlanarConvShape& shape);

/// out[o,i] = bias[o] + Σ_c Σ_k weight[o,c,k] · in[c, 2i − 1 + k] for the voxels i of the blocks
/// first … last-1, with zeros around the input. `conv.shape.extent_dhw` is the input's, n voxels
/// along an axis give (n + 1) / 2; nothing is `added`.
template <class Element>
void planar_conv_strided(const PlanarConv<Element>& conv, int64_t first, int64_t last,
                         float* scratch);

}  // namespace nmsw
