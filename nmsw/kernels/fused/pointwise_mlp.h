#pragma once

#include <cstdint>

#include "nmsw/kernels/gemm/pointwise_tile.h"

namespace nmsw {

/// The inner part of a MedNeXt block (METHOD 1.2), per voxel: y = W₂ · gelu(W₁ · (scale ∘ x + offset)
/// + b₁) + b₂ + residual, with the deferred group norm as `scale` and `offset` of each channel.
/// Volumes are [C,V] contiguous float32, V = `voxels`; `residual` may be null. Hidden activations
/// exist for one tile of voxels only. With Bf16Pair, inputs of products are rounded to bfloat16 and
/// accumulation is float32.
template <class Element>
struct PointwiseMlp {
  int64_t in = 0, hidden = 0, out = 0;
  int64_t voxels = 0;
  const float* scale = nullptr;
  const float* offset = nullptr;
  /// Packed by pack_point_tile_weight.
  const Element* expand = nullptr;
  const float* expand_bias = nullptr;
  const Element* compress = nullptr;
  const float* compress_bias = nullptr;
};

/// Floats of scratch memory per thread.
int64_t pointwise_mlp_scratch(const PointwiseMlp<float>& mlp);
int64_t pointwise_mlp_scratch(const PointwiseMlp<Bf16Pair>& mlp);

/// For the voxels begin … end-1. `y` may be `residual` or `x`. Results do not depend on how voxels
/// are divided among calls; thread-safe for disjoint ranges.
void pointwise_mlp(const PointwiseMlp<float>& mlp, const float* x, const float* residual,
                   int64_t begin, int64_t end, float* scratch, float* y);
void pointwise_mlp(const PointwiseMlp<Bf16Pair>& mlp, const float* x, const float* residual,
                   int64_t begin, int64_t end, float* scratch, float* y);

}  // namespace nmsw
