#include "nmsw/backbones/segformer_blocks.h"

#include <cmath>

#include "nmsw/backbones/module_path.h"
#include "nmsw/ops/depthwise.h"

namespace nmsw {

SegFormerAttention::SegFormerAttention(const SegFormerBlockShape& shape) : shape_(shape) {
  const int64_t channels = shape.channels;
  query_ = register_module("query", torch::nn::Linear(channels, channels));
  key_value_ = register_module("key_value", torch::nn::Linear(channels, 2 * channels));
  projection_ = register_module("proj", torch::nn::Linear(channels, channels));
  if (shape.reduction == 1) return;
  reduce_ = register_module(
      "sr",
      torch::nn::Conv3d(
          torch::nn::Conv3dOptions(channels, channels, shape.reduction).stride(shape.reduction)));
  reduced_norm_ = register_module("sr_norm", token_norm(channels));
}

Tensor SegFormerAttention::forward(const TokenGrid& tokens) {
  const int64_t batch = tokens.batch, heads = shape_.heads, width = shape_.channels / heads;
  Tensor sources = tokens.rows;
  if (reduce_) {
    sources = reduced_norm_->forward(to_tokens(reduce_->forward(to_volume(tokens))).rows);
  }
  const Tensor q = query_->forward(tokens.rows).view({batch, -1, heads, width}).transpose(1, 2);
  const std::vector<Tensor> kv = key_value_->forward(sources)
                                     .view({batch, -1, 2, heads, width})
                                     .permute({2, 0, 3, 1, 4})
                                     .unbind(0);
  const double scale = 1 / std::sqrt(static_cast<double>(width));
  const Tensor attended = attend(q * scale, kv[0], kv[1]);
  return projection_->forward(attended.transpose(1, 2).reshape({-1, shape_.channels}));
}

SegFormerBlock::SegFormerBlock(const SegFormerBlockShape& shape) {
  const int64_t channels = shape.channels, hidden = shape.mlp_ratio * shape.channels;
  norm1_ = register_module("norm1", token_norm(channels));
  attention_ = register_module("attention", std::make_shared<SegFormerAttention>(shape));
  norm2_ = register_module("norm2", token_norm(channels));
  expand_ = register_at(*this, "mlp.fc1", torch::nn::Linear(channels, hidden));
  depthwise_ = register_at(
      *this, "mlp.dwconv.dwconv",
      torch::nn::Conv3d(torch::nn::Conv3dOptions(hidden, hidden, 3).padding(1).groups(hidden)));
  hidden_norm_ = register_at(*this, "mlp.dwconv.bn", VolumeNorm(hidden, shape.norm));
  compress_ = register_at(*this, "mlp.fc2", torch::nn::Linear(hidden, channels));
}

Tensor SegFormerBlock::mix(const TokenGrid& tokens) {
  const Tensor hidden = to_volume({expand_->forward(tokens.rows), tokens.batch, tokens.grid_dhw});
  const Tensor mixed =
      hidden_norm_->forward(depthwise_conv(hidden, depthwise_->weight, depthwise_->bias, 1));
  return compress_->forward(to_tokens(torch::gelu(mixed)).rows);
}

TokenGrid SegFormerBlock::forward(const TokenGrid& tokens) {
  const auto with = [&tokens](const Tensor& rows) {
    return TokenGrid{rows, tokens.batch, tokens.grid_dhw};
  };
  const Tensor rows = tokens.rows + attention_->forward(with(norm1_->forward(tokens.rows)));
  return with(rows + mix(with(norm2_->forward(rows))));
}

}  // namespace nmsw
