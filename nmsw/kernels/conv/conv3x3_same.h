#pragma once

#include <algorithm>
#include <cstdint>

#include "nmsw/base/volume.h"
#include "nmsw/kernels/norm/fused_channel.h"
#include "nmsw/kernels/norm/mean_rstd.h"
#include "nmsw/kernels/simd/fma_products.h"
#include "nmsw/kernels/simd/packing.h"
#include "nmsw/kernels/simd/prefetch.h"

namespace nmsw {

/// A 3×3×3 convolution of stride 1 with one voxel of zero padding: any number of channels, any
/// extent from one voxel. Its vectors lie along x, so that a number of classes such as 17 or 20
/// costs what it must; libraries whose vectors lie along the channels pad it to 32. Its products
/// are those of Winograd's filtering along z and y, a third of the plain number.
struct PlanarConvShape {
  int64_t in_channels = 0;
  int64_t out_channels = 0;
  Int3 extent_dhw{0, 0, 0};
};

/// Everything that blocks of a convolution share.
template <class Element>
struct PlanarConv {
  PlanarConvShape shape;
  const ConvChannel* in = nullptr;     ///< the input's channels, wherever each lies
  const Element* weight = nullptr;     ///< packed; with pairs, it and the input are in bfloat16
  const float* bias = nullptr;         ///< [O] or null
  const ConvChannel* added = nullptr;  ///< one an output channel, added to it; or null
  float* out = nullptr;                ///< float32 [O,D,H,W]; no channel of `in` or `added`
  int64_t out_step = 0;                ///< floats from one channel of `out` to the next
  int64_t out_begin = 0;               ///< voxel of a channel at which `out` begins
  bool past_caches = false;       ///< `out` is so large that no cache holds it until it is read
  MomentSums* moments = nullptr;  ///< [blocks,O]: of what each block writes; or null
};

/// The channel that is read after this one at the same place, fetched meanwhile: rows are too short
/// for the processor to foresee it.
template <class Element>
NMSW_INLINE const ConvChannel& channel_after(const PlanarConv<Element>& conv, int64_t channel) {
  return conv.in[std::min(channel + kChannelsOf<Element>, conv.shape.in_channels - 1)];
}

/// Elements of the packed weights, from the weights [O,I,3,3,3]; of a share only its part is
/// written.
template <class Element>
int64_t packed_conv_size(int64_t in, int64_t out);
template <class Element>
void pack_conv_weight(const float* weight, int64_t in, int64_t out, Element* packed,
                      PackShare share = {});
/// The weights of the same convolution's input gradient, which goes from `out` channels to `in`.
void pack_conv_weight_mirrored(const float* weight, int64_t in, int64_t out, float* packed,
                               PackShare share = {});

/// A convolution's work is cut into so many blocks, which may be done in any order.
template <class Element>
int64_t planar_conv_blocks(const PlanarConvShape& shape);
/// Planes of the output that a block is of; the blocks of as many planes lie one behind the other.
int64_t planar_conv_planes();
/// Floats that one thread works in.
template <class Element>
int64_t planar_conv_scratch(const PlanarConvShape& shape);

/// out[o,i] = bias[o] + Σ_c Σ_k weight[o,c,k] · in[c, i − 1 + k] + added[o,i] for the voxels i of
/// the blocks first … last-1, with zeros around the input as it is read.
template <class Element>
void planar_conv(const PlanarConv<Element>& conv, int64_t first, int64_t last, float* scratch);

}  // namespace nmsw
