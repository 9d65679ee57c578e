#pragma once

#include "nmsw/ops/deferred_norm.h"

namespace nmsw {

/// Parameters of the inner part of a MedNeXt block (METHOD 1.2): group norm with one group per
/// channel, expansion, GELU, compression.
struct NormMlpWeights {
  Tensor norm_scale, norm_offset;  ///< [C]
  Tensor expand, expand_bias;      ///< [H,C,1,1,1], [H]
  Tensor compress, compress_bias;  ///< [O,H,1,1,1], [O]
};

/// compress(gelu(expand(norm(input)))) + residual. input [N,C,D,H,W] with its moments; it is
/// overwritten if the result has its shape. residual [N,O,D,H,W] or undefined. The hidden
/// activations, several times the input, are never materialised. Only where
/// takes_inference_kernels; the same bits for any number of threads. Throws ShapeError.
Tensor norm_mlp(const DeferredNorm& input, const NormMlpWeights& weights, const Tensor& residual);

}  // namespace nmsw
