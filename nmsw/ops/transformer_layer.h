#pragma once

#include "nmsw/tensor/tensor.h"

namespace nmsw {

/// The parameters of one layer, as torch::nn::LayerNorm and torch::nn::Linear have them; what is
/// not there is undefined.
struct TokenWeights {
  Tensor norm_scale, norm_offset;  ///< [in]; undefined: no norm
  double epsilon = 1e-5;
  Tensor expand, expand_bias;      ///< [hidden,in], [hidden]; undefined: nothing hidden
  Tensor compress, compress_bias;  ///< [out, hidden or in], [out] or undefined
};

/// linear(gelu(linear(layer_norm(rows of x)))) + residual, as far as its parts are there. Row t of
/// the result comes from row source[t] of x [rows,in] (int64; as many as there are rows: zeros
/// instead of a normed row), or from row t where `source` is undefined. `residual` [tokens,out] or
/// undefined. float32 on the CPU, without gradient; by the project's own kernels, the same bits
/// with any number of threads. Throws ShapeError.
Tensor token_layer(const Tensor& x, const Tensor& source, const TokenWeights& weights,
                   const Tensor& residual);

/// layer_norm, without factors and addends, over the rows of x [batch·V, C] as channels
/// [batch,C,V]; otherwise likewise.
Tensor normed_channels(const Tensor& x, int64_t batch);

}  // namespace nmsw
