#include "nmsw/backbones/unet.h"

#include "nmsw/backbones/module_path.h"
#include "nmsw/ops/kernel_choice.h"
#include "nmsw/ops/norm_activation.h"

namespace nmsw {

namespace {

constexpr int64_t kKernel = 3;

Conv3d make_conv(int64_t in, int64_t out, int64_t stride, int64_t kernel = kKernel) {
  return Conv3d(torch::nn::Conv3dOptions(in, out, kernel).stride(stride).padding(kernel / 2));
}

}  // namespace

Tensor ConvUnit::forward(const Tensor& input) {
  const Tensor output = conv ? conv->forward(input) : raise->forward(input);
  return activation ? norm_activation(output, activation->weight) : output;
}

DeferredNorm ConvUnit::forward(const std::vector<DeferredNorm>& input, const ConvOptions& options) {
  ConvOptions wanted = options;
  wanted.with_moments = !activation.is_empty();
  DeferredNorm output =
      conv ? conv->forward_deferred(input, wanted) : raise->forward_deferred(input, wanted);
  if (activation) output.slope = activation->weight.item<double>();
  return output;
}

UNet::UNet(const UNetConfig& config, int64_t in_channels, int64_t num_classes) : config_(config) {
  require_consistent(config);
  add_encoder(in_channels);
  add_decoder(num_classes);
}

void UNet::complete(const std::string& path, ConvUnit& unit, bool with_norm) {
  if (unit.conv) register_at(*this, path + ".conv", unit.conv);
  if (unit.raise) register_at(*this, path + ".conv", unit.raise);
  if (with_norm) unit.activation = register_at(*this, path + ".adn.A", torch::nn::PReLU());
}

ConvUnit UNet::add_conv(const std::string& path, int64_t in, int64_t out, int64_t stride,
                        bool with_norm) {
  ConvUnit unit;
  unit.conv = make_conv(in, out, stride);
  complete(path, unit, with_norm);
  return unit;
}

void UNet::add_encoder(int64_t in_channels) {
  int64_t in = in_channels;
  for (size_t level = 0; level < config_.channels.size(); ++level) {
    const int64_t out = config_.channels[level];
    const int64_t stride = config_.strides[level];
    const std::string path = "encoder.down_" + std::to_string(level) + ".down.";
    DownLevel down;
    down.first = add_conv(path + "conv.unit0", in, out, stride, true);
    down.second = add_conv(path + "conv.unit1", out, out, 1, true);
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
    UpLevel up;
    up.raise.raise = TransposedConv3d(
        torch::nn::ConvTranspose3dOptions(below + config_.channels[skip], out, kKernel)
            .stride(stride)
            .padding(1)
            .output_padding(stride - 1));
    complete(path + "0", up.raise, true);
    up.refine = add_conv(path + "1.conv.unit0", out, out, 1, !top);
    up_.push_back(std::move(up));
    below = out;
  }
}

bool UNet::takes_kernels(const Tensor& image) const {
  return takes_inference_kernels(image) && parameters().front().scalar_type() == torch::kFloat;
}

LazyVolume UNet::lazy_logits(const Tensor& image) {
  if (!takes_kernels(image)) return forward(image).logits;
  require_extent(image);
  std::vector<Tensor> features;
  return infer(image.contiguous(), features);
}

BackboneOutput UNet::forward(const Tensor& image) {
  require_extent(image);
  BackboneOutput output;
  if (takes_kernels(image)) {
    output.logits = infer(image.contiguous(), output.features).whole();
    return output;
  }
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

LazyVolume UNet::infer(const Tensor& image, std::vector<Tensor>& features) {
  Tensor x = image;
  for (DownLevel& level : down_) {
    const std::vector<DeferredNorm> input{{x, {}, 1}};
    const DeferredNorm shortcut =
        level.shortcut ? level.shortcut->forward_deferred(input, {}) : input.front();
    x = sum_of(level.second.forward({level.first.forward(input)}), shortcut);
    features.push_back(x);
  }
  for (size_t i = 0;; ++i) {
    const Tensor& skip = features[up_.size() - 1 - i];
    const DeferredNorm raised = up_[i].raise.forward({{x, {}, 1}, {skip, {}, 1}});
    // The last level's sum, the logits, has neither norm nor activation.
    if (i + 1 == up_.size()) return up_[i].refine.conv->forward_lazy({raised}, {raised});
    x = sum_of(up_[i].refine.forward({raised}), raised);
    features.push_back(x);
  }
}

BackbonePtr make_network(const UNetConfig& config, int64_t in_channels, int64_t num_classes) {
  return std::make_shared<UNet>(config, in_channels, num_classes);
}

}  // namespace nmsw
