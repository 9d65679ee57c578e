#include "nmsw/backbones/mednext.h"

#include "nmsw/backbones/conv_options.h"
#include "nmsw/backbones/module_path.h"
#include "nmsw/ops/depthwise.h"
#include "nmsw/ops/kernel_choice.h"
#include "nmsw/ops/library_norm.h"
#include "nmsw/ops/pointwise.h"

namespace nmsw {

namespace {

constexpr int64_t kDepthwiseKernel = 3;

Conv3d point_conv(int64_t in, int64_t out, int64_t stride = 1) {
  return Conv3d(torch::nn::Conv3dOptions(in, out, 1).stride(stride));
}

}  // namespace

MedNeXtBlock::MedNeXtBlock(int64_t in, int64_t out, int64_t expansion, MedNeXtStep step)
    : step_(step) {
  // Both kinds hold the same parameters and draw them alike; the forward pass takes them to the
  // project's own kernels.
  conv1_ = register_module(
      "conv1", torch::nn::Conv3d(torch::nn::Conv3dOptions(in, in, kDepthwiseKernel).groups(in)));
  // Drawn here and registered last: a seed gives the weights that it always gave.
  if (step == MedNeXtStep::up) {
    res_up_ = TransposedConv3d(torch::nn::ConvTranspose3dOptions(in, out, 1).stride(2));
  } else if (step == MedNeXtStep::down) {
    res_down_ = point_conv(in, out, 2);
  }
  norm_ = register_module("norm", torch::nn::GroupNorm(torch::nn::GroupNormOptions(in, in)));
  conv2_ = register_module("conv2", point_conv(in, in * expansion));
  conv3_ = register_module("conv3", point_conv(in * expansion, out));
  if (res_up_) register_module("res_conv", res_up_);
  if (res_down_) register_module("res_conv", res_down_);
}

Tensor MedNeXtBlock::mix(const Tensor& input) const {
  if (step_ == MedNeXtStep::up)
    return depthwise_conv_transpose(input, conv1_->weight, conv1_->bias);
  return depthwise_conv(input, conv1_->weight, conv1_->bias, step_ == MedNeXtStep::down ? 2 : 1);
}

DeferredNorm MedNeXtBlock::mix_for_norm(const Tensor& input) const {
  if (step_ == MedNeXtStep::up)
    return deferred_depthwise_conv_transpose(input, conv1_->weight, conv1_->bias);
  return deferred_depthwise_conv(input, conv1_->weight, conv1_->bias,
                                 step_ == MedNeXtStep::down ? 2 : 1);
}

Tensor MedNeXtBlock::infer(const Tensor& input) {
  NormMlpWeights weights{norm_->weight, norm_->bias,    conv2_->weight,
                         conv2_->bias,  conv3_->weight, conv3_->bias};
  if (step_ == MedNeXtStep::keep) return norm_mlp(mix_for_norm(input), weights, input);
  if (step_ == MedNeXtStep::down) {
    return norm_mlp(mix_for_norm(input), weights, res_down_->forward(input));
  }
  // A transposed 1×1×1 convolution of stride 2 is a point in every second voxel along each axis,
  // and its bias everywhere.
  weights.compress_bias = conv3_->bias + res_up_->bias;
  Tensor sum = norm_mlp(mix_for_norm(input), weights, {});
  const Tensor rows = res_up_->weight.transpose(0, 1);
  every(2, sum).add_(conv1x1({{input.contiguous(), {}, 1}}, rows, {}, {}).values);
  return sum;
}

Tensor MedNeXtBlock::unpadded(const Tensor& input) {
  if (takes_inference_kernels(input) && conv1_->weight.scalar_type() == torch::kFloat) {
    return infer(input);
  }
  const Tensor added = step_ == MedNeXtStep::keep   ? input
                       : step_ == MedNeXtStep::down ? res_down_->forward(input)
                                                    : res_up_->forward(input);
  const Tensor normed = library_norm(mix(input), norm_->weight, norm_->bias);
  return conv3_->forward(torch::gelu(conv2_->forward(normed))) + added;
}

Tensor MedNeXtBlock::forward(const Tensor& input) {
  // From 2n−1 voxels to 2n.
  return step_ == MedNeXtStep::up ? torch::constant_pad_nd(unpadded(input), {1, 0, 1, 0, 1, 0}, 0)
                                  : unpadded(input);
}

void MedNeXtBlock::add_to(Tensor& sum, const Tensor& input) {
  sum.slice(2, 1).slice(3, 1).slice(4, 1).add_(unpadded(input));
}

std::vector<MedNeXt::Block> MedNeXt::add_stage(const std::string& path, int64_t channels,
                                               size_t stage) {
  std::vector<Block> blocks;
  for (int64_t i = 0; i < config_.blocks[stage]; ++i) {
    blocks.push_back(
        register_at(*this, path + "." + std::to_string(i),
                    std::make_shared<MedNeXtBlock>(channels, channels, config_.expansions[stage],
                                                   MedNeXtStep::keep)));
  }
  return blocks;
}

MedNeXt::MedNeXt(const MedNeXtConfig& config, int64_t in_channels, int64_t num_classes)
    : config_(config) {
  require_consistent(config);
  const size_t levels = level_count(config);
  const auto step = [&](const std::string& path, int64_t in, int64_t out, size_t stage,
                        MedNeXtStep kind) {
    return register_at(*this, path,
                       std::make_shared<MedNeXtBlock>(in, out, config.expansions[stage], kind));
  };
  // Parameters of the reference that no output depends on; kept so that its checkpoints match name
  // for name.
  for (const char* part : {"encoder", "decoder"}) {
    module_at(*this, part)->register_parameter("dummy_tensor", torch::ones({1}));
  }
  stem_ = register_at(*this, "encoder.stem", point_conv(in_channels, config.channels));
  int64_t width = config.channels;
  for (size_t level = 0; level < levels; ++level) {
    const std::string name = std::to_string(level);
    encoder_.push_back(add_stage("encoder.enc_block_" + name, width, level));
    down_.push_back(step("encoder.down_" + name, width, 2 * width, level + 1, MedNeXtStep::down));
    width *= 2;
  }
  bottleneck_ = add_stage("encoder.bottleneck", width, levels);
  for (size_t i = 0; i < levels; ++i) {
    const std::string name = std::to_string(levels - 1 - i);
    const size_t stage = levels + 1 + i;
    up_.push_back(step("decoder.up_" + name, width, width / 2, stage, MedNeXtStep::up));
    width /= 2;
    decoder_.push_back(add_stage("decoder.dec_block_" + name, width, stage));
  }
  head_ = register_at(
      *this, "decoder.out_0.conv_out",
      TransposedConv3d(torch::nn::ConvTranspose3dOptions(config.channels, num_classes, 1)));
}

BackboneOutput MedNeXt::forward(const Tensor& image) {
  BackboneOutput output;
  output.logits = head_->forward(last_feature(image, &output.features));
  return output;
}

LazyVolume MedNeXt::lazy_logits(const Tensor& image) {
  return head_->forward_lazy(last_feature(image, nullptr));
}

Tensor MedNeXt::last_feature(const Tensor& image, std::vector<Tensor>* features) {
  require_extent(image);
  const size_t levels = level_count(config_);
  const auto through = [](const std::vector<Block>& blocks, Tensor x) {
    for (const Block& block : blocks) x = block->forward(x);
    return x;
  };
  std::vector<Tensor> skips;
  Tensor x = stem_->forward(image);
  for (size_t level = 0; level < levels; ++level) {
    skips.push_back(through(encoder_[level], x));
    x = down_[level]->forward(skips.back());
  }
  x = through(bottleneck_, x);
  if (features != nullptr) {
    *features = skips;
    features->push_back(x);
  }
  for (size_t i = 0; i < levels; ++i) {
    Tensor sum = std::move(skips[levels - 1 - i]);
    if (features == nullptr) {
      up_[i]->add_to(sum, x);
    } else {
      features->push_back(up_[i]->forward(x));
      sum = features->back() + sum;
    }
    x = through(decoder_[i], std::move(sum));
  }
  return x;
}

BackbonePtr make_network(const MedNeXtConfig& config, int64_t in_channels, int64_t num_classes) {
  return std::make_shared<MedNeXt>(config, in_channels, num_classes);
}

}  // namespace nmsw
