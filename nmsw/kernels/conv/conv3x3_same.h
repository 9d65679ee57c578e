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

/// Shape of a 3×3×3 convolution of stride 1 with zero padding 1: any number of channels, any extent
/// from one voxel. Vectors lie along x, so that 17 or 20 output channels are not padded to 32.
/// Along z and y the products are Winograd's F(4,3)×F(2,3), a third of the plain number.
struct PlanarConvShape {
  int64_t in_channels = 0;
  int64_t out_channels = 0;
  Int3 extent_dhw{0, 0, 0};
};

/// Arguments of a convolution, shared by all its blocks and threads.
template <class Element>
struct PlanarConv {
  PlanarConvShape shape;
  const FusedChannel* in = nullptr;     ///< [I], each anywhere in memory
  const Element* weight = nullptr;      ///< packed; Bf16Pair: input and weights are rounded
  const float* bias = nullptr;          ///< [O] or null
  const FusedChannel* added = nullptr;  ///< [O], added to the output; or null
  float* out = nullptr;                 ///< float32 [O,D,H,W]; aliases no input channel
  int64_t out_step = 0;                 ///< floats from channel to channel of `out`
  int64_t out_begin = 0;                ///< voxel of a channel that `out` begins with
  bool past_caches = false;       ///< non-temporal stores, for an output larger than the caches
  MomentSums* moments = nullptr;  ///< [blocks,O], statistics of what each block writes; or null
};

/// The channel that is loaded after this one, to be prefetched meanwhile: rows are too short for
/// the hardware prefetcher.
template <class Element>
NMSW_INLINE const FusedChannel& channel_after(const PlanarConv<Element>& conv, int64_t channel) {
  return conv.in[std::min(channel + kChannelsOf<Element>, conv.shape.in_channels - 1)];
}

/// Size in elements, and packing, of weights [O,I,3,3,3]. Only the blocks of `share` are written.
template <class Element>
int64_t packed_conv_size(int64_t in, int64_t out);
template <class Element>
void pack_conv_weight(const float* weight, int64_t in, int64_t out, Element* packed,
                      PackShare share = {});
/// Packs the same weights for the input gradient: taps mirrored, from `out` channels to `in`.
void pack_conv_weight_mirrored(const float* weight, int64_t in, int64_t out, float* packed,
                               PackShare share = {});

/// Number of blocks, which may be done in any order by any thread.
template <class Element>
int64_t planar_conv_blocks(const PlanarConvShape& shape);
/// Output planes of a block. Blocks are numbered plane group by plane group.
int64_t planar_conv_planes();
/// Floats of scratch memory per thread.
template <class Element>
int64_t planar_conv_scratch(const PlanarConvShape& shape);

/// out[o,i] = bias[o] + Σ_c Σ_k weight[o,c,k] · in[c, i − 1 + k] + added[o,i] for the voxels i of
/// the blocks first … last-1. The padding is zero after the input's deferred operations.
/// Thread-safe for different blocks, each thread with its own scratch.
template <class Element>
void planar_conv(const PlanarConv<Element>& conv, int64_t first, int64_t last, float* scratch);

}  // namespace nmsw
