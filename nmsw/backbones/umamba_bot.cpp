#include "nmsw/backbones/umamba_bot.h"

#include <cmath>

#include "nmsw/backbones/module_path.h"
#include "nmsw/ops/library_norm.h"

namespace nmsw {

namespace {

constexpr double kUMambaSlope = 0.01;

Conv3d padded_conv(int64_t in, int64_t out, Int3 kernel, Int3 stride) {
  Int3 padding{};
  for (size_t axis = 0; axis < 3; ++axis) padding[axis] = kernel[axis] / 2;
  return Conv3d(torch::nn::Conv3dOptions(in, out, torch::ExpandingArray<3>(kernel))
                    .stride(torch::ExpandingArray<3>(stride))
                    .padding(torch::ExpandingArray<3>(padding)));
}

torch::nn::GroupNorm channel_norm(int64_t channels) {
  return torch::nn::GroupNorm(torch::nn::GroupNormOptions(channels, channels));
}

Tensor normed_by(const torch::nn::GroupNorm& norm, const Tensor& x) {
  return library_norm(x, norm->weight, norm->bias);
}

/// Each voxel as often along each axis as the other grid needs.
Tensor repeated(const Tensor& x, Int3 to) {
  return laid_out(at::upsample_nearest3d(x, {to[0], to[1], to[2]}));
}

/// The reference draws convolutions of volumes by the fan in, for LeakyReLU, without biases.
void draw_umamba_weights(torch::nn::Module& network) {
  const torch::NoGradGuard no_grad;
  for (const auto& module : network.modules(/*include_self=*/false)) {
    auto* conv = dynamic_cast<torch::nn::Conv3dImpl*>(module.get());
    if (conv == nullptr) continue;
    torch::nn::init::kaiming_normal_(conv->weight, kUMambaSlope);
    conv->bias.zero_();
  }
}

}  // namespace

UMambaBlock::UMambaBlock(const Shape& shape) {
  const std::string conv = shape.has_shortcut ? "" : ".conv";
  const auto norm_name = [&shape](const std::string& number) {
    return shape.has_shortcut ? "norm" + number : "conv" + number + ".norm";
  };
  conv1_ = register_at(*this, "conv1" + conv,
                       padded_conv(shape.in, shape.out, shape.kernel_dhw, shape.stride_dhw));
  norm1_ = register_at(*this, norm_name("1"), channel_norm(shape.out));
  conv2_ = register_at(*this, "conv2" + conv,
                       padded_conv(shape.out, shape.out, shape.kernel_dhw, {1, 1, 1}));
  norm2_ = register_at(*this, norm_name("2"), channel_norm(shape.out));
  if (!shape.has_shortcut) return;
  shortcut_ =
      register_module("conv3", padded_conv(shape.in, shape.out, {1, 1, 1}, shape.stride_dhw));
}

Tensor UMambaBlock::forward(const Tensor& input) {
  Tensor x = normed_by(norm1_, conv1_->forward(input));
  torch::leaky_relu_(x, kUMambaSlope);
  x = normed_by(norm2_, conv2_->forward(x));
  // In place: the norm's gradient does not need what is overwritten.
  x.add_(shortcut_ ? shortcut_->forward(input) : input);
  return torch::leaky_relu_(x, kUMambaSlope);
}

UMambaBot::UMambaBot(const UMambaBotConfig& config, int64_t in_channels, int64_t num_classes)
    : config_(config) {
  require_consistent(config);
  const size_t levels = config.channels.size();
  UMambaBlock::Shape shape{
      in_channels, config.channels.front(), reversed(config.kernels_xyz[0]), {1, 1, 1}, true};
  encoder_.push_back(add_blocks("encoder.stem", shape, config.blocks.front()));
  for (size_t level = 0; level < levels; ++level) {
    shape.in = shape.out;
    shape.out = config.channels[level];
    shape.kernel_dhw = reversed(config.kernels_xyz[level]);
    shape.stride_dhw = reversed(config.strides_xyz[level]);
    encoder_.push_back(
        add_blocks("encoder.stages." + std::to_string(level), shape, config.blocks[level]));
  }
  const MambaShape mamba{config.channels.back(), scan_channels(config), step_channels(config),
                         config.states, config.taps};
  mamba_ = register_module("mamba_layer", std::make_shared<MambaLayer>(mamba));
  for (size_t below = levels - 1; below > 0; --below) add_decoder_level(below, num_classes);
  draw_umamba_weights(*this);
}

UMambaBot::Blocks UMambaBot::add_blocks(const std::string& path, const UMambaBlock::Shape& first,
                                        int64_t count) {
  Blocks blocks;
  UMambaBlock::Shape shape = first;
  for (int64_t i = 0; i < count; ++i) {
    blocks.push_back(
        register_at(*this, path + "." + std::to_string(i), std::make_shared<UMambaBlock>(shape)));
    shape = {first.out, first.out, first.kernel_dhw, {1, 1, 1}, false};
  }
  return blocks;
}

void UMambaBot::add_decoder_level(size_t below, int64_t num_classes) {
  const std::string number = std::to_string(decoder_.size());
  const int64_t in = config_.channels[below], out = config_.channels[below - 1];
  raise_.push_back(register_at(*this, "decoder.upsample_layers." + number + ".conv",
                               padded_conv(in, out, {1, 1, 1}, {1, 1, 1})));
  const UMambaBlock::Shape shape{
      2 * out, out, reversed(config_.kernels_xyz[below - 1]), {1, 1, 1}, true};
  decoder_.push_back(
      add_blocks("decoder.stages." + number, shape, config_.decoder_blocks[decoder_.size()]));
  // Every level has one; only the last level's is used, as there is no deep supervision.
  head_ = register_at(*this, "decoder.seg_layers." + number,
                      padded_conv(out, num_classes, {1, 1, 1}, {1, 1, 1}));
}

BackboneOutput UMambaBot::forward(const Tensor& image) {
  require_extent(image);
  BackboneOutput output;
  Tensor x = laid_out(image);
  for (const Blocks& level : encoder_) {
    for (const auto& block : level) x = block->forward(x);
    output.features.push_back(x);
  }
  // Nothing reads the stem's feature again.
  output.features.erase(output.features.begin());
  x = output.features.back() = mamba_->forward(x);
  const size_t levels = config_.channels.size();
  for (size_t i = 0; i < decoder_.size(); ++i) {
    const Tensor skip = output.features[levels - 2 - i];
    x = torch::cat({raise_[i]->forward(repeated(x, extent_dhw(skip))), skip}, 1);
    for (const auto& block : decoder_[i]) x = block->forward(x);
    output.features.push_back(x);
  }
  output.logits = head_->forward(x);
  return output;
}

BackbonePtr make_network(const UMambaBotConfig& config, int64_t in_channels, int64_t num_classes) {
  return std::make_shared<UMambaBot>(config, in_channels, num_classes);
}

}  // namespace nmsw
