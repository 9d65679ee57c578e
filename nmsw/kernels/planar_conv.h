#pragma once

#include <cstdint>

#include "nmsw/base/volume.h"
#include "nmsw/kernels/products.h"

namespace nmsw {

/// A 3×3×3 convolution of stride 1 with one voxel of zero padding: float32 [C,D,H,W] in and out,
/// contiguous, any number of channels, any extent from one voxel. Its vectors lie along x, so that
/// a number of classes such as 17 or 20 costs what it must; libraries whose vectors lie along the
/// channels pad it to 32.
struct PlanarConvShape {
  int64_t in_channels = 0;
  int64_t out_channels = 0;
  Int3 extent_dhw{0, 0, 0};
};

/// A copy of channels with zeros around them, which the kernels below read. Its elements are
/// floats, a channel each, or pairs of channels. From its start, which should lie at a multiple of
/// 64 bytes, `lead` elements to the first channel; then channel behind channel, `plane` elements
/// from one plane to the next, `pitch` from row to row.
struct PaddedGrid {
  int64_t pitch = 0;
  int64_t plane = 0;
  int64_t channel = 0;
  int64_t lead = 0;
  explicit PaddedGrid(Int3 extent_dhw);
  /// Elements that `channels` of them need.
  int64_t size(int64_t channels) const;
};

/// Copies one element's channels of `volume` [C,D,H,W] to where they belong in `padded`, zeros
/// around them included; the last one's call also clears the elements behind it.
void pad_channel(const float* volume, Int3 extent_dhw, int64_t element, int64_t channels,
                 float* padded);
void pad_channel(const float* volume, Int3 extent_dhw, int64_t element, int64_t channels,
                 Bf16Pair* padded);

/// Elements of the packed weights of a convolution from `in` to `out` channels.
template <class Element>
int64_t packed_conv_weight_size(int64_t in, int64_t out) {
  return 27 * elements_of<Element>(in) * out;
}

/// Packs the weights [O,I,3,3,3] for planar_conv.
void pack_conv_weight(const float* weight, int64_t in, int64_t out, float* packed);
void pack_conv_weight(const float* weight, int64_t in, int64_t out, Bf16Pair* packed);
/// Packs the weights of the same convolution's input gradient, which goes from `out` channels to
/// `in`.
void pack_conv_weight_mirrored(const float* weight, int64_t in, int64_t out, float* packed);

/// out[o,i] = bias[o] + Σ_c Σ_k weight[o,c,k] · in[c, i − 1 + k] for the planes z0 … z1-1 of all
/// output channels; `bias` may be null. Values do not depend on how the planes are divided. With
/// pairs, `in` and `weight` are rounded to bfloat16.
void planar_conv(const float* padded, const float* packed, const float* bias,
                 const PlanarConvShape& shape, int64_t z0, int64_t z1, float* out);
void planar_conv(const Bf16Pair* padded, const Bf16Pair* packed, const float* bias,
                 const PlanarConvShape& shape, int64_t z0, int64_t z1, float* out);

/// Output channels that one call of planar_conv_products works on.
inline constexpr int64_t kConvBlock = 6;

/// The weight gradient: weight[o,c,k] += Σ_i gradient[o,i] · in[c, i − 1 + k] for one input channel
/// c and the output channels first … first + kConvBlock - 1, as far as there are. Both volumes are
/// padded; `weight` is [O,I,27].
void planar_conv_products(const float* padded_in, const float* padded_gradient,
                          const PlanarConvShape& shape, int64_t c, int64_t first, double* weight);

}  // namespace nmsw
