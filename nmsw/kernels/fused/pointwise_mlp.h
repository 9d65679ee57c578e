#pragma once

#include <cstdint>

#include "nmsw/kernels/gemm/pointwise_tile.h"

namespace nmsw {

/// Per voxel: y = W₂ · gelu(W₁ · (scale ∘ x + offset) + b₁) + b₂ + residual, the inner part of a
/// MedNeXt block (METHOD 1.2) with the group norm before it as `scale` and `offset`, one a channel.
/// Volumes are [C,V] contiguous float32 with V = `voxels`; `residual` may be null. The hidden
/// values live in a tile of voxels and are never stored as a volume. With pairs, what is multiplied
/// is rounded to bfloat16.
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

/// Floats of scratch memory that a call needs.
int64_t pointwise_mlp_scratch(const PointwiseMlp<float>& mlp);
int64_t pointwise_mlp_scratch(const PointwiseMlp<Bf16Pair>& mlp);

/// For the voxels begin … end-1. `y` may be `residual` or `x`. Values do not depend on how voxels
/// are divided among calls.
void pointwise_mlp(const PointwiseMlp<float>& mlp, const float* x, const float* residual,
                   int64_t begin, int64_t end, float* scratch, float* y);
void pointwise_mlp(const PointwiseMlp<Bf16Pair>& mlp, const float* x, const float* residual,
                   int64_t begin, int64_t end, float* scratch, float* y);

}  // namespace nmsw
