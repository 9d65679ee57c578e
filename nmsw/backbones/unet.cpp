#include "nmsw/backbones/unet.h"

#include "nmsw/backbones/module_path.h"
#include "nmsw/backbones/transposed_conv.h"
#include "nmsw/tensor/norm_activation.h"

namespace nmsw {

namespace {

constexpr int64_t kKernel = 3;

PlanarConv3d make_conv(int64_t in, int64_t out, int64_t stride, int64_t kernel = kKernel) {
  return PlanarConv3d(
      torch::nn::Conv3dOptions(in, out, kernel).stride(stride).padding(kernel / 2));
}

}  // namespace

Tensor ConvUnit::forward(const Tensor& input) {
  const Tensor output = conv.forward<Tensor>(input);
  return activation ? norm_activation(output, activation->weight) : output;
}

UNet::UNet(const UNetConfig& config, int64_t in_channels, int64_t num_classes) : config_(config) {
  require_consistent(config);
  add_encoder(in_channels);
  add_decoder(num_classes);
}

ConvUnit UNet::add_unit(const std::string& path, torch::nn::AnyModule conv, bool with_norm) {
  register_at(*this, path + ".conv", conv.ptr());
  ConvUnit unit;
  unit.conv = std::move(conv);
  if (with_norm) unit.activation = register_at(*this, path + ".adn.A", torch::nn::PReLU());
  return unit;
}

void UNet::add_encoder(int64_t in_channels) {
  int64_t in = in_channels;
  for (size_t level = 0; level < config_.channels.size(); ++level) {
    const int64_t out = config_.channels[level];
    const int64_t stride = config_.strides[level];
    const std::string path = "encoder.down_" + std::to_string(level) + ".down.";
    DownLevel down;
    down.first = add_unit(path + "conv.unit0", torch::nn::AnyModule(make_conv(in, out, stride)), true);
    down.second = add_unit(path + "conv.unit1", torch::nn::AnyModule(make_conv(out, out, 1)), true);
    if (stride != 1 || in != out) {
      const int64_t kernel = stride != 1 ? kKernel : 1;
      down.shortcut = register_at(*this, path + "residual", make_conv(in, out, stride, kernel));
    }
    down_.push_back(std::move(down));
    in = out;
  }
}

void UNet::add_decoder(int64_t num_classes) {
  const size_t levels = config_.channels.size() - 1;
  int64_t below = config_.channels.back();
  for (size_t i = 0; i < levels; ++i) {
    const size_t skip = levels - 1 - i;
    const bool top = skip == 0;
    const int64_t out = top ? num_classes : config_.channels[skip - 1];
    const int64_t stride = config_.strides[skip];
    const std::string path = "decoder.up_" + std::to_string(i) + ".up.";
    const auto raise = TransposedConv3d(
        torch::nn::ConvTranspose3dOptions(below + config_.channels[skip], out, kKernel)
            .stride(stride)
            .padding(1)
            .output_padding(stride - 1));
    UpLevel up;
    up.raise = add_unit(path + "0", torch::nn::AnyModule(raise), true);
    up.refine = add_unit(path + "1.conv.unit0", torch::nn::AnyModule(make_conv(out, out, 1)), !top);
    up_.push_back(std::move(up));
    below = out;
  }
}

BackboneOutput UNet::forward(const Tensor& image) {
  require_extent(image);
  BackboneOutput output;
  Tensor x = image;
  for (DownLevel& level : down_) {
    const Tensor shortcut = level.shortcut ? level.shortcut->forward(x) : x;
    x = level.second.forward(level.first.forward(x)).add_(shortcut);
    output.features.push_back(x);
  }
  for (size_t i = 0; i < up_.size(); ++i) {
    const Tensor& skip = output.features[up_.size() - 1 - i];
    const Tensor raised = up_[i].raise.forward(torch::cat({x, skip}, 1));
    x = up_[i].refine.forward(raised).add_(raised);
    if (i + 1 < up_.size()) output.features.push_back(x);
  }
  output.logits = x;
  return output;
}

BackbonePtr make_network(const UNetConfig& config, int64_t in_channels, int64_t num_classes) {
  return std::make_shared<UNet>(config, in_channels, num_classes);
}

}  // namespace nmsw
