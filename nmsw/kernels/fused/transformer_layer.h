#pragma once

#include "nmsw/kernels/gemm/pointwise_tile.h"

namespace nmsw {

/// One layer of a transformer block (METHOD 1.3), token by token: y = W₂ · gelu(W₁ · n + b₁) + b₂ +
/// residual, or with hidden = 0 y = W₂ · n + b₂ + residual, where n is the layer norm over a row of
/// x, or the row itself. Rows are [tokens, channels], contiguous float32. With Bf16Pair, inputs of
/// products are rounded to bfloat16 and accumulation is float32.
template <class Element>
struct TransformerLayer {
  int64_t in = 0, hidden = 0, out = 0;
  /// Gather: token t takes row source[t] of x, or a row of zeros where that is source_rows. Null:
  /// row t.
  const int64_t* source = nullptr;
  int64_t source_rows = 0;
  /// [in] each; null: no norm.
  const float* norm_scale = nullptr;
  const float* norm_offset = nullptr;
  double epsilon = 1e-5;
  /// Packed by pack_point_tile_weight; biases [hidden], [out].
  const Element* expand = nullptr;
  const float* expand_bias = nullptr;
  const Element* compress = nullptr;
  const float* compress_bias = nullptr;
};

/// Floats of scratch memory per thread.
template <class Element>
int64_t transformer_layer_scratch(const TransformerLayer<Element>& layer);

/// For the tokens begin … end-1; `residual` [tokens,out] may be null, `y` may be `residual`.
/// Results do not depend on how tokens are divided among calls; thread-safe for disjoint ranges.
template <class Element>
void transformer_layer(const TransformerLayer<Element>& layer, const float* x,
                       const float* residual, int64_t begin, int64_t end, float* scratch, float* y);

/// Transposes tokens into channels: y [in,tokens] receives the tokens begin … end-1 of x, after the
/// layer norm where there is one. Weights and biases are not read.
void turn_tokens(const TransformerLayer<float>& layer, int64_t tokens, const float* x,
                 int64_t begin, int64_t end, float* scratch, float* y);

}  // namespace nmsw
