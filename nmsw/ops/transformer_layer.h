#pragma once

#include "nmsw/tensor/tensor.h"

namespace nmsw {

/// Parameters of one layer, as torch::nn::LayerNorm and torch::nn::Linear have them; absent parts
/// are undefined.
struct TokenWeights {
  Tensor norm_scale, norm_offset;  ///< [in]; undefined: no norm
  double epsilon = 1e-5;
  Tensor expand, expand_bias;      ///< [hidden,in], [hidden]; undefined: single linear
  Tensor compress, compress_bias;  ///< [out, hidden or in], [out] or undefined
};

/// linear(gelu(linear(layer_norm(rows of x)))) + residual, without the parts that are undefined. x:
/// [rows,in]. source: int64 [tokens], the row of x that each token takes, where the number of rows
/// stands for zeros instead of a normalised row; undefined: row t. residual: [tokens,out] or
/// undefined. float32 on the CPU, without gradient, by the project's kernels; the same bits for any
/// number of threads. Throws ShapeError.
Tensor transformer_layer(const Tensor& x, const Tensor& source, const TokenWeights& weights,
                         const Tensor& residual);

/// layer_norm without scale and offset over the rows of x [batch·V, C], transposed to channels
/// [batch,C,V]; otherwise as above.
Tensor normed_channels(const Tensor& x, int64_t batch);

}  // namespace nmsw
