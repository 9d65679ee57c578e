#include "nmsw/backbones/unetr_pp_blocks.h"

#include <cmath>

#include "nmsw/backbones/module_path.h"

namespace nmsw {

namespace {

constexpr double kUnetrPpSlope = 0.01;

Conv3d plain_conv3(int64_t channels) {
  return Conv3d(torch::nn::Conv3dOptions(channels, channels, 3).padding(1).bias(false));
}

/// Of length 1 along the last axis.
Tensor of_unit_length(const Tensor& vectors) {
  constexpr double kLeastLength = 1e-12;
  return vectors / vectors.norm(2, {-1}, true).clamp_min(kLeastLength);
}

}  // namespace

PairedAttention::PairedAttention(const UnetrPpBlockShape& shape) : shape_(shape) {
  const auto one_a_head = [&shape] { return torch::ones({shape.heads, 1, 1}); };
  channel_temperature_ = register_parameter("temperature", one_a_head());
  place_temperature_ = register_parameter("temperature2", one_a_head());
  qkvv_ = register_module(
      "qkvv",
      torch::nn::Linear(torch::nn::LinearOptions(shape.channels, 4 * shape.channels).bias(false)));
  const double bound = 1 / std::sqrt(static_cast<double>(shape.projection));
  projection_ = register_parameter(
      "EF", torch::empty({shape.tokens, shape.projection}).uniform_(-bound, bound));
  channel_dropout_ = register_module("attn_drop", torch::nn::Dropout(shape.dropout));
  place_dropout_ = register_module("attn_drop_2", torch::nn::Dropout(shape.dropout));
}

Tensor PairedAttention::forward(const Tensor& rows, int64_t batch) {
  const int64_t heads = shape_.heads, width = shape_.channels / heads;
  // Each [N,heads,width,tokens].
  const std::vector<Tensor> parts = qkvv_->forward(rows)
                                        .view({batch, shape_.tokens, 4, heads, width})
                                        .permute({2, 0, 3, 4, 1})
                                        .contiguous()
                                        .unbind(0);
  const Tensor q = of_unit_length(parts[0]), k = of_unit_length(parts[1]);
  const Tensor projected_keys = torch::matmul(parts[1], projection_);
  const Tensor projected_values = torch::matmul(parts[3], projection_);

  const Tensor alike =
      torch::softmax(torch::matmul(q, k.transpose(-2, -1)) * channel_temperature_, -1);
  const Tensor by_channels = torch::matmul(channel_dropout_->forward(alike), parts[2]);
  const Tensor seen =
      torch::softmax(torch::matmul(q.transpose(-2, -1), projected_keys) * place_temperature_, -1);
  const Tensor by_places =
      torch::matmul(place_dropout_->forward(seen), projected_values.transpose(-2, -1));
  // Of the second the reference takes [N,width,heads,tokens] for [N,tokens,channels].
  return by_channels.permute({0, 3, 1, 2}).reshape({-1, shape_.channels}) +
         by_places.permute({0, 3, 1, 2}).reshape({-1, shape_.channels});
}

UnetrPpBlock::UnetrPpBlock(const UnetrPpBlockShape& shape) {
  constexpr double kScaleAtFirst = 1e-6;
  const int64_t channels = shape.channels;
  norm_ = register_module("norm", token_norm(channels));
  scale_ = register_parameter("gamma", torch::full({channels}, kScaleAtFirst));
  attention_ = register_module("epa_block", std::make_shared<PairedAttention>(shape));
  conv1_ = register_at(*this, "conv51.conv1.conv", plain_conv3(channels));
  conv2_ = register_at(*this, "conv51.conv2.conv", plain_conv3(channels));
  norm1_ = register_at(*this, "conv51.norm1", VolumeNorm(channels, shape.norm));
  norm2_ = register_at(*this, "conv51.norm2", VolumeNorm(channels, shape.norm));
  dropout_ = register_at(*this, "conv8.0", torch::nn::Dropout3d(shape.dropout));
  last_ = register_at(*this, "conv8.1", Conv3d(torch::nn::Conv3dOptions(channels, channels, 1)));
  positions_ = register_parameter("pos_embed", torch::zeros({1, shape.tokens, channels}));
}

Tensor UnetrPpBlock::refined(const Tensor& volume) {
  const Tensor x = torch::leaky_relu(norm1_->forward(conv1_->forward(volume)), kUnetrPpSlope);
  const Tensor sum = norm2_->forward(conv2_->forward(x)) + volume;
  return last_->forward(dropout_->forward(torch::leaky_relu(sum, kUnetrPpSlope)));
}

Tensor UnetrPpBlock::forward(const Tensor& volume) {
  TokenGrid tokens = to_tokens(volume);
  const Tensor placed =
      (tokens.rows.view({tokens.batch, -1, volume.size(1)}) + positions_).flatten(0, 1);
  tokens.rows = placed + scale_ * attention_->forward(norm_->forward(placed), tokens.batch);
  const Tensor attended = to_volume(tokens);
  return attended + refined(attended);
}

}  // namespace nmsw
