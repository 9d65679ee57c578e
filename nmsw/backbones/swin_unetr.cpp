#include "nmsw/backbones/swin_unetr.h"

#include "nmsw/backbones/kept_feature.h"
#include "nmsw/backbones/module_path.h"
#include "nmsw/ops/kernel_choice.h"
#include "nmsw/ops/library_norm.h"
#include "nmsw/ops/norm_activation.h"
#include "nmsw/ops/transformer_layer.h"

namespace nmsw {

namespace {

constexpr double kLeakySlope = 0.01;

Conv3d conv_without_bias(int64_t in, int64_t out, int64_t kernel) {
  return Conv3d(torch::nn::Conv3dOptions(in, out, kernel).padding(kernel / 2).bias(false));
}

Tensor normalised(const Tensor& x, double slope = 1) {
  return norm_activation(x, torch::full({1}, slope, x.device()));
}

DeferredNorm plain(const Tensor& x) { return {x, {}, 1}; }

/// A volume of one channel [N,1,D,H,W] times each of the weights [O,1,1,1,1] has the mean w·m and
/// the variance w²·v: its instance norm is (x − m) · w/√(w²v + ε). Moments [N·O,2] of that.
Tensor moments_of_multiples(const Tensor& image, const Tensor& weight) {
  const int64_t batch = image.size(0), out = weight.size(0);
  const Tensor found = channel_moments(image).to(torch::kDouble).view({batch, 1, 2});
  const Tensor variance =
      (found.select(2, 1).pow(-2) - kInstanceNormEpsilon).clamp_min(0).expand({batch, out});
  const Tensor w = weight.to(torch::kDouble).view({1, out});
  const Tensor scale = w / (w * w * variance + kInstanceNormEpsilon).sqrt();
  const Tensor mean = found.select(2, 0).expand({batch, out});
  return torch::stack({mean, scale}, 2).view({batch * out, 2}).to(torch::kFloat).contiguous();
}

}  // namespace

SwinResBlock::SwinResBlock(int64_t in, int64_t out) {
  conv1_ = register_at(*this, "conv1.conv", conv_without_bias(in, out, 3));
  conv2_ = register_at(*this, "conv2.conv", conv_without_bias(out, out, 3));
  if (in != out) shortcut_ = register_at(*this, "conv3.conv", conv_without_bias(in, out, 1));
}

DeferredNorm SwinResBlock::shortcut_of(const std::vector<DeferredNorm>& input) {
  if (!shortcut_) return {settled(input.front()), {}, 1};
  if (input.size() == 1 && input.front().values.size(1) == 1) {
    return {input.front().values, moments_of_multiples(input.front().values, shortcut_->weight), 1};
  }
  ConvOptions wanted;
  wanted.with_moments = true;
  return shortcut_->forward_deferred(input, wanted);
}

DeferredNorm SwinResBlock::infer(const std::vector<DeferredNorm>& input) {
  ConvOptions wanted;
  wanted.with_moments = true;
  DeferredNorm x = conv1_->forward_deferred(input, wanted);
  x.slope = kLeakySlope;
  x = conv2_->forward_deferred({x}, wanted);
  // The shortcut takes the first convolution's memory, free by now: at the full grid the largest.
  return sum_pending(x, shortcut_of(input), kLeakySlope);
}

DeferredNorm SwinResBlock::forward(const std::vector<DeferredNorm>& volumes) {
  if (takes_inference_kernels(volumes.front().values) &&
      conv1_->weight.scalar_type() == torch::kFloat) {
    return infer(volumes);
  }
  const Tensor input = joined(settled(volumes));
  Tensor x = normalised(conv1_->forward(input), kLeakySlope);
  x = normalised(conv2_->forward(x));
  // In place: the norm's gradient does not need what is overwritten.
  x.add_(shortcut_ ? normalised(shortcut_->forward(input)) : input);
  return plain(torch::leaky_relu_(x, kLeakySlope));
}

SwinUpBlock::SwinUpBlock(int64_t in, int64_t out) {
  raise_ = register_at(
      *this, "transp_conv.conv",
      TransposedConv3d(torch::nn::ConvTranspose3dOptions(in, out, 2).stride(2).bias(false)));
  refine_ = register_module("conv_block", std::make_shared<SwinResBlock>(2 * out, out));
}

DeferredNorm SwinUpBlock::forward(const DeferredNorm& input, const DeferredNorm& skip) {
  const bool own = takes_inference_kernels(input.values);
  return refine_->forward(
      {own ? raise_->forward_deferred({input}, {}) : plain(raise_->forward(input.values)), skip});
}

SwinUnetr::SwinUnetr(const SwinUnetrConfig& config, int64_t in_channels, int64_t num_classes)
    : config_(config) {
  require_consistent(config);
  const int64_t width = config.feature_size;
  const size_t stages = config.depths.size();
  embedding_ =
      register_at(*this, "encoder.swinViT.patch_embed.proj",
                  torch::nn::Conv3d(torch::nn::Conv3dOptions(in_channels, width, 2).stride(2)));
  for (size_t i = 0; i < stages; ++i) {
    const SwinBlockShape shape{width << i, config.heads[i], config.window, 0, config.mlp_ratio};
    stages_.push_back(register_at(*this, "encoder.swinViT.layers" + std::to_string(i + 1) + ".0",
                                  std::make_shared<SwinStage>(shape, config.depths[i])));
  }
  const auto add_encoder = [this](const std::string& name, int64_t in, int64_t out) {
    return register_at(*this, "encoder." + name + ".layer",
                       std::make_shared<SwinResBlock>(in, out));
  };
  image_encoder_ = add_encoder("encoder1", in_channels, width);
  for (size_t i = 0; i + 1 < stages; ++i) {
    encoders_.push_back(add_encoder("encoder" + std::to_string(i + 2), width << i, width << i));
  }
  // The reference's names: 10 is the bottleneck's whatever the depth, and the lowest decoder lives
  // in its encoder.
  bottleneck_ = add_encoder("encoder10", width << stages, width << stages);
  for (size_t level = stages + 1; level > 0; --level) {
    const int64_t out = level > 1 ? width << (level - 2) : width;
    const int64_t in = level > 1 ? 2 * out : width;
    const std::string part = level == stages + 1 ? "encoder." : "decoder.";
    decoders_.push_back(register_at(*this, part + "decoder" + std::to_string(level),
                                    std::make_shared<SwinUpBlock>(in, out)));
  }
  head_ = register_at(*this, "decoder.out.conv.conv",
                      Conv3d(torch::nn::Conv3dOptions(width, num_classes, 1)));
}

TokenGrid SwinUnetr::embedded(const Tensor& image) const {
  const int64_t batch = image.size(0), channels = image.size(1);
  const auto [depth, height, width] = extent_dhw(image);
  const Int3 grid{depth / 2, height / 2, width / 2};
  const Tensor cubes = image.contiguous()
                           .view({batch, channels, grid[0], 2, grid[1], 2, grid[2], 2})
                           .permute({0, 2, 4, 6, 1, 3, 5, 7})
                           .reshape({-1, channels * 8});
  TokenWeights linear;
  linear.compress = embedding_->weight.flatten(1);
  linear.compress_bias = embedding_->bias;
  return {transformer_layer(cubes, {}, linear, {}), batch, grid};
}

std::vector<Tensor> SwinUnetr::hidden_states(const Tensor& image) {
  std::vector<Tensor> states;
  const bool own =
      takes_inference_kernels(image) && embedding_->weight.scalar_type() == torch::kFloat;
  const auto keep = [&states, own](const TokenGrid& tokens) {
    const Int3 grid = tokens.grid_dhw;
    if (own) {
      states.push_back(normed_channels(tokens.rows, tokens.batch)
                           .view({tokens.batch, -1, grid[0], grid[1], grid[2]}));
      return;
    }
    const Tensor rows = torch::layer_norm(tokens.rows, {tokens.rows.size(1)});
    states.push_back(to_volume({rows, tokens.batch, tokens.grid_dhw}));
  };
  TokenGrid tokens = own ? embedded(image) : to_tokens(embedding_->forward(image));
  keep(tokens);
  for (const auto& stage : stages_) {
    tokens = stage->forward(tokens);
    keep(tokens);
  }
  return states;
}

BackboneOutput SwinUnetr::forward(const Tensor& image) {
  BackboneOutput output;
  const DeferredNorm last = last_feature(image, &output.features);
  output.logits = head_->forward(settled(last));
  return output;
}

LazyVolume SwinUnetr::lazy_logits(const Tensor& image) {
  const DeferredNorm last = last_feature(image, nullptr);
  if (!takes_inference_kernels(image)) return head_->forward(last.values);
  return head_->forward_lazy({last}, {});
}

DeferredNorm SwinUnetr::last_feature(const Tensor& image, std::vector<Tensor>* features) {
  require_extent(image);
  const auto kept = [features](DeferredNorm volume) {
    return kept_feature(std::move(volume), features);
  };
  std::vector<DeferredNorm> hidden, skips;
  for (const Tensor& state : hidden_states(image)) hidden.push_back(plain(laid_out(state)));
  skips.push_back(kept(image_encoder_->forward({plain(laid_out(image))})));
  for (size_t i = 0; i < encoders_.size(); ++i) {
    skips.push_back(kept(encoders_[i]->forward({hidden[i]})));
  }
  DeferredNorm x = bottleneck_->forward({hidden.back()});
  x = decoders_.front()->forward(x, hidden[stages_.size() - 1]);
  for (size_t i = 1; i < decoders_.size(); ++i) {
    x = kept(x);
    x = decoders_[i]->forward(x, skips[stages_.size() - i]);
  }
  return x;
}

BackbonePtr make_network(const SwinUnetrConfig& config, int64_t in_channels, int64_t num_classes) {
  return std::make_shared<SwinUnetr>(config, in_channels, num_classes);
}

}  // namespace nmsw
