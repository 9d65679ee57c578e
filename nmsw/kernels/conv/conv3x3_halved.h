#pragma once

#include "nmsw/kernels/conv/conv3x3_same.h"

namespace nmsw {

// 3×3×3 convolution with stride 2 and padding 1. Vectors lie along x as in planar_conv; along z and
// y Winograd's filtering makes 25 products of 36.

/// Size in elements, and packing, of weights [O,I,3,3,3].
template <class Element>
int64_t packed_conv_strided_size(int64_t in, int64_t out);
template <class Element>
void pack_conv_strided_weight(const float* weight, int64_t in, int64_t out, Element* packed,
                              PackShare share = {});

/// As planar_conv_blocks and planar_conv_scratch.
template <class Element>
int64_t planar_conv_strided_blocks(const PlanarConvShape& shape);
template <class Element>
int64_t planar_conv_strided_scratch(const PlanarConvShape& shape);

/// out[o,i] = bias[o] + Σ_c Σ_k weight[o,c,k] · in[c, 2i − 1 + k] for the voxels i of the blocks
/// first … last-1, with zero padding. `conv.shape.extent_dhw` is the input's; n voxels along an
/// axis give (n + 1) / 2. `added` is ignored. Thread-safe as planar_conv.
template <class Element>
void planar_conv_strided(const PlanarConv<Element>& conv, int64_t first, int64_t last,
                         float* scratch);

}  // namespace nmsw
