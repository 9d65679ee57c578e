#pragma once

#include "nmsw/kernels/planar_conv.h"

namespace nmsw {

// The transposed convolution that doubles a grid: kernel 3, stride 2, padding 1, output padding 1.
// Its vectors lie along x as planar_conv's; each output voxel is summed from the input voxels that
// reach it, one or two an axis by its parity, so that no zero is multiplied.

/// Packs the weights [I,O,3,3,3]; as many elements as packed_conv_weight_size.
void pack_conv_transpose_weight(const float* weight, int64_t in, int64_t out, float* packed);
void pack_conv_transpose_weight(const float* weight, int64_t in, int64_t out, Bf16Pair* packed);

/// out[o,j] = bias[o] + Σ_c Σ weight[c,o,k] · in[c,i] over all i and k with 2i − 1 + k = j, for the
/// output planes 2·z0 … 2·z1-1 of all output channels. `shape.extent_dhw` is the input's; the
/// output's is twice as large. `padded` as for planar_conv; `bias` may be null. Values do not
/// depend on how the planes are divided.
void planar_conv_transpose(const float* padded, const float* packed, const float* bias,
                           const PlanarConvShape& shape, int64_t z0, int64_t z1, float* out);
void planar_conv_transpose(const Bf16Pair* padded, const Bf16Pair* packed, const float* bias,
                           const PlanarConvShape& shape, int64_t z0, int64_t z1, float* out);

}  // namespace nmsw
