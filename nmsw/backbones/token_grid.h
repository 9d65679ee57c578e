#pragma once

#include "nmsw/tensor/tensor.h"

namespace nmsw {

/// Tokens of a batch of grids, channels last.
struct TokenGrid {
  Tensor rows;  ///< [batch·D·H·W, c]
  int64_t batch = 0;
  Int3 grid_dhw{0, 0, 0};
};

/// [N,c,D,H,W] as tokens, and back.
TokenGrid to_tokens(const Tensor& volume);
Tensor to_volume(const TokenGrid& tokens);

/// Layer norm over a token's channels.
torch::nn::LayerNorm token_norm(int64_t channels);

/// softmax(q·kᵀ)·v of q [N,heads,n,d], k and v [N,heads,m,d] → [N,heads,n,d]. Without a gradient to
/// come some queries at a time, so that their weights never lie in memory all at once.
Tensor attend(const Tensor& q, const Tensor& k, const Tensor& v);

}  // namespace nmsw
