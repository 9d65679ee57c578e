#pragma once

#include <algorithm>
#include <cstdint>

#include "nmsw/base/volume.h"
#include "nmsw/kernels/norm/fused_channel.h"
#include "nmsw/kernels/norm/mean_rstd.h"
#include "nmsw/kernels/simd/fma_products.h"
#include "nmsw/kernels/simd/packing.h"

namespace nmsw {

/// Kernel size along an axis, stride and grid of a convolution, and the order of its weights.
/// in [C,D,H,W], i a voxel of the smaller grid, k a tap (z, y, x):
enum class ConvKind {
  same,    ///< 3, stride 1, padding 1, [O,I,27]: out[o,i] = Σ weight[o,c,k] · in[c, i − 1 + k]
  halved,  ///< 3, stride 2, padding 1, [O,I,27]: out[o,i] = Σ weight[o,c,k] · in[c, 2i − 1 + k]
  doubled,  ///< its transpose, output padding 1, [I,O,27]: out[o, 2i − 1 + k] += in[c,i] · weight
  point,    ///< 1, [O,I]: out[o,i] = Σ weight[o,c] · in[c,i]
  point_doubled  ///< transposed: 2, stride 2, [O,8,I]: out[o, 2i + k] = Σ weight[o,k,c] · in[c,i]
};

/// Any number of channels, any extent from one voxel. The extent is the input's.
struct ConvShape {
  int64_t in_channels = 0;
  int64_t out_channels = 0;
  Int3 extent_dhw{0, 0, 0};
};

/// Extent of the output; n voxels along an axis give (n + 1) / 2 on a halved grid.
Int3 output_extent_dhw(ConvKind kind, const Int3& input_extent_dhw);

/// Arguments of a convolution, shared by all its blocks and threads.
template <class Element>
struct ConvArgs {
  ConvShape shape;
  const FusedChannel* in = nullptr;     ///< [I], each anywhere in memory
  const Element* weight = nullptr;      ///< packed; Bf16Pair: input and weights are rounded
  const float* bias = nullptr;          ///< [O] or null
  const FusedChannel* added = nullptr;  ///< [O], added to the output of same and point; or null
  float* out = nullptr;                 ///< float32 [O,D,H,W]; aliases no input channel
  int64_t out_step = 0;                 ///< floats from channel to channel of `out`
  int64_t out_begin = 0;                ///< voxel of a channel that `out` begins with
  bool past_caches = false;       ///< non-temporal stores, for an output larger than the caches
  MomentSums* moments = nullptr;  ///< [blocks,O], statistics of what each block writes; or null
};

/// The channel that is loaded after this one, to be prefetched meanwhile: rows are too short for
/// the hardware prefetcher.
template <class Element>
NMSW_INLINE const FusedChannel& channel_after(const ConvArgs<Element>& conv, int64_t channel) {
  return conv.in[std::min(channel + kChannelsOf<Element>, conv.shape.in_channels - 1)];
}

/// A convolution's functions for one kind, element and instruction set. Thread-safe.
template <class Element>
struct ConvKernel {
  /// Size in elements of the packed weights.
  int64_t (*packed_size)(int64_t in, int64_t out);
  /// Packs weights in the order of the ConvKind. Only the blocks of `share` are written.
  void (*pack)(const float* weight, int64_t in, int64_t out, Element* packed, PackShare share);
  /// Number of blocks, which may be done in any order by any thread. They are numbered plane group
  /// by plane group.
  int64_t (*blocks)(const ConvShape& shape);
  /// Output planes of a block.
  int64_t (*planes)(const ConvShape& shape);
  /// Floats of scratch memory per thread.
  int64_t (*scratch)(const ConvShape& shape);
  /// Writes the voxels of the blocks first … last-1, each thread with its own scratch. The padding
  /// is zero after the input's deferred operations.
  void (*run)(const ConvArgs<Element>& conv, int64_t first, int64_t last, float* scratch);
  /// Whether rows are written from end to end, not some of several at a time: non-temporal stores
  /// are faster only then.
  bool writes_in_rows = false;
};

}  // namespace nmsw
