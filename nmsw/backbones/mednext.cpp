#include "nmsw/backbones/mednext.h"

#include "nmsw/backbones/module_path.h"

namespace nmsw {

namespace {

constexpr size_t kLevels = 4;
constexpr int64_t kDepthwiseKernel = 3;

torch::nn::Conv3d point_conv(int64_t in, int64_t out, int64_t stride = 1) {
  return torch::nn::Conv3d(torch::nn::Conv3dOptions(in, out, 1).stride(stride));
}

}  // namespace

MedNeXtBlock::MedNeXtBlock(int64_t in, int64_t out, int64_t expansion, int64_t kernel,
                           MedNeXtStep step)
    : step_(step) {
  const int64_t stride = step == MedNeXtStep::keep ? 1 : 2;
  if (step == MedNeXtStep::up) {
    conv1_ = torch::nn::AnyModule(torch::nn::ConvTranspose3d(
        torch::nn::ConvTranspose3dOptions(in, in, kernel).stride(2).padding(kernel / 2).groups(in)));
    res_conv_ = torch::nn::AnyModule(torch::nn::ConvTranspose3d(
        torch::nn::ConvTranspose3dOptions(in, out, 1).stride(2)));
  } else {
    conv1_ = torch::nn::AnyModule(torch::nn::Conv3d(
        torch::nn::Conv3dOptions(in, in, kernel).stride(stride).padding(kernel / 2).groups(in)));
    if (step == MedNeXtStep::down) res_conv_ = torch::nn::AnyModule(point_conv(in, out, 2));
  }
  register_module("conv1", conv1_.ptr());
  norm_ = register_module("norm", torch::nn::GroupNorm(torch::nn::GroupNormOptions(in, in)));
  conv2_ = register_module("conv2", point_conv(in, in * expansion));
  conv3_ = register_module("conv3", point_conv(in * expansion, out));
  if (!res_conv_.is_empty()) register_module("res_conv", res_conv_.ptr());
}

Tensor MedNeXtBlock::forward(const Tensor& input) {
  const Tensor mixed = norm_->forward(conv1_.forward<Tensor>(input));
  const Tensor output = conv3_->forward(torch::gelu(conv2_->forward(mixed)));
  if (step_ == MedNeXtStep::keep) return output + input;
  const Tensor sum = output + res_conv_.forward<Tensor>(input);
  return step_ == MedNeXtStep::up ? torch::constant_pad_nd(sum, {1, 0, 1, 0, 1, 0}, 0) : sum;
}

std::vector<MedNeXt::Block> MedNeXt::add_stage(const std::string& path, int64_t channels,
                                               size_t stage, const MedNeXtConfig& config) {
  std::vector<Block> blocks;
  for (int64_t i = 0; i < config.blocks[stage]; ++i) {
    blocks.push_back(register_at(
        *this, path + "." + std::to_string(i),
        std::make_shared<MedNeXtBlock>(channels, channels, config.expansions[stage], kDepthwiseKernel,
                                       MedNeXtStep::keep)));
  }
  return blocks;
}

MedNeXt::MedNeXt(const MedNeXtConfig& config, int64_t in_channels, int64_t num_classes)
    : channels_(config.channels) {
  if (config.expansions.size() != 9 || config.blocks.size() != 9) {
    throw ConfigError("mednext: {} expansions and {} blocks; expected nine of each",
                      config.expansions.size(), config.blocks.size());
  }
  const auto step = [&](const std::string& path, int64_t in, int64_t out, size_t stage,
                        MedNeXtStep kind) {
    return register_at(*this, path, std::make_shared<MedNeXtBlock>(
                                        in, out, config.expansions[stage], kDepthwiseKernel, kind));
  };
  // Parameters of the reference that no output depends on; kept so that its checkpoints match name for name.
  for (const char* part : {"encoder", "decoder"}) {
    module_at(*this, part)->register_parameter("dummy_tensor", torch::ones({1}));
  }
  stem_ = register_at(*this, "encoder.stem", point_conv(in_channels, channels_));
  int64_t width = channels_;
  for (size_t level = 0; level < kLevels; ++level) {
    const std::string name = std::to_string(level);
    encoder_.push_back(add_stage("encoder.enc_block_" + name, width, level, config));
    down_.push_back(step("encoder.down_" + name, width, 2 * width, level + 1, MedNeXtStep::down));
    width *= 2;
  }
  bottleneck_ = add_stage("encoder.bottleneck", width, kLevels, config);
  for (size_t i = 0; i < kLevels; ++i) {
    const std::string name = std::to_string(kLevels - 1 - i);
    const size_t stage = kLevels + 1 + i;
    up_.push_back(step("decoder.up_" + name, width, width / 2, stage, MedNeXtStep::up));
    width /= 2;
    decoder_.push_back(add_stage("decoder.dec_block_" + name, width, stage, config));
  }
  head_ = register_at(*this, "decoder.out_0.conv_out",
                      torch::nn::ConvTranspose3d(
                          torch::nn::ConvTranspose3dOptions(channels_, num_classes, 1)));
}

BackboneOutput MedNeXt::forward(const Tensor& image) {
  for (const int64_t size : extent_dhw(image)) {
    if (size % size_multiple() != 0) {
      throw ShapeError("mednext: an axis of {} voxels; expected a multiple of {}", size,
                       size_multiple());
    }
  }
  const auto through = [](const std::vector<Block>& blocks, Tensor x) {
    for (const Block& block : blocks) x = block->forward(x);
    return x;
  };
  BackboneOutput output;
  Tensor x = stem_->forward(image);
  for (size_t level = 0; level < kLevels; ++level) {
    output.features.push_back(through(encoder_[level], x));
    x = down_[level]->forward(output.features.back());
  }
  x = through(bottleneck_, x);
  output.features.push_back(x);
  for (size_t i = 0; i < kLevels; ++i) {
    const Tensor raised = up_[i]->forward(x);
    output.features.push_back(raised);
    x = through(decoder_[i], raised + output.features[kLevels - 1 - i]);
  }
  output.logits = head_->forward(x);
  return output;
}

}  // namespace nmsw
