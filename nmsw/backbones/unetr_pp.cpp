#include "nmsw/backbones/unetr_pp.h"

#include "nmsw/backbones/module_path.h"
#include "nmsw/ops/kernel_choice.h"
#include "nmsw/ops/library_norm.h"

namespace nmsw {

namespace {

/// Side of the first stage's tokens in voxels.
constexpr int64_t kStemSide = 4;

TransposedConv3d raising_conv(int64_t in, int64_t out, int64_t times) {
  return TransposedConv3d(
      torch::nn::ConvTranspose3dOptions(in, out, times).stride(times).bias(false));
}

/// The reference draws the encoder's linear layers with deviation 0.02 (cut at ±2).
void draw_linear_layers(torch::nn::Module& network) {
  constexpr double kDeviation = 0.02;
  const torch::NoGradGuard no_grad;
  for (const auto& module : network.modules(/*include_self=*/false)) {
    if (auto* linear = module->as<torch::nn::LinearImpl>()) linear->weight.normal_(0, kDeviation);
  }
}

}  // namespace

UnetrPp::UnetrPp(const UnetrPpConfig& config, int64_t in_channels, int64_t num_classes)
    : config_(config) {
  require_consistent(config);
  require_image_channels(config, in_channels);
  const int64_t width = config.feature_size;
  for (size_t i = 0; i < config.depths.size(); ++i) {
    encoder_.push_back(encoder_stage(i, i == 0 ? in_channels : width << i));
  }
  draw_linear_layers(*this);
  image_encoder_ = register_module("encoder1", std::make_shared<SwinResBlock>(in_channels, width));
  for (size_t i = config.depths.size() - 1; i-- > 0;) decoder_.push_back(decoder_stage(i));
  last_up_ =
      register_at(*this, "decoder2.transp_conv.conv", raising_conv(2 * width, width, kStemSide));
  last_block_ =
      register_at(*this, "decoder2.decoder_block.0", std::make_shared<SwinResBlock>(width, width));
  head_ =
      register_at(*this, "out1.conv.conv", Conv3d(torch::nn::Conv3dOptions(width, num_classes, 1)));
}

UnetrPp::Stage UnetrPp::encoder_stage(size_t index, int64_t in) {
  const std::string number = std::to_string(index), encoder = "unetr_pp_encoder.",
                    down = encoder + "downsample_layers." + number;
  const int64_t out = config_.feature_size << (index + 1), side = index == 0 ? kStemSide : 2;
  Stage stage;
  stage.down = register_at(
      *this, down + ".0.conv",
      torch::nn::Conv3d(torch::nn::Conv3dOptions(in, out, side).stride(side).bias(false)));
  stage.norm =
      register_at(*this, down + ".1", torch::nn::GroupNorm(torch::nn::GroupNormOptions(in, out)));
  add_blocks(stage, encoder + "stages." + number, index, config_.depths[index],
             config_.projections[index]);
  return stage;
}

UnetrPp::Stage UnetrPp::decoder_stage(size_t index) {
  const std::string decoder = "decoder" + std::to_string(index + 3);
  const int64_t out = config_.feature_size << (index + 1);
  Stage stage;
  stage.up = register_at(*this, decoder + ".transp_conv.conv", raising_conv(2 * out, out, 2));
  add_blocks(stage, decoder + ".decoder_block.0", index, config_.decoder_depth,
             config_.decoder_projection);
  return stage;
}

void UnetrPp::add_blocks(Stage& stage, const std::string& path, size_t index, int64_t depth,
                         int64_t projection) {
  UnetrPpBlockShape shape;
  shape.tokens = 1;
  for (const int64_t size : config_.size_xyz) shape.tokens *= size / (kStemSide << index);
  shape.channels = config_.feature_size << (index + 1);
  shape.projection = projection;
  shape.heads = config_.heads;
  shape.dropout = config_.dropout;
  shape.norm = config_.norm;
  for (int64_t i = 0; i < depth; ++i) {
    stage.blocks.push_back(
        register_at(*this, path + "." + std::to_string(i), std::make_shared<UnetrPpBlock>(shape)));
  }
}

BackboneOutput UnetrPp::forward(const Tensor& image) {
  BackboneOutput output;
  const DeferredNorm last = last_feature(image, &output.features);
  output.logits = head_->forward(last.values);
  return output;
}

LazyVolume UnetrPp::lazy_logits(const Tensor& image) {
  const DeferredNorm last = last_feature(image, nullptr);
  if (!takes_inference_kernels(image)) return head_->forward(last.values);
  return head_->forward_lazy({last}, {});
}

DeferredNorm UnetrPp::last_feature(const Tensor& image, std::vector<Tensor>* features) {
  require_extent(image);
  if (reversed(extent_dhw(image)) != config_.size_xyz) {
    const Int3 found = reversed(extent_dhw(image)), made = config_.size_xyz;
    throw ShapeError("unetr_pp: an image of {}x{}x{} voxels; this network is made for {}x{}x{}",
                     found[0], found[1], found[2], made[0], made[1], made[2]);
  }
  std::vector<Tensor> skips;
  Tensor x = laid_out(image);
  for (Stage& stage : encoder_) {
    x = library_group_norm(stage.down->forward(x), stage.norm->options.num_groups(),
                           stage.norm->weight, stage.norm->bias);
    for (const auto& block : stage.blocks) x = block->forward(x);
    skips.push_back(x);
  }
  if (features != nullptr) *features = skips;
  skips.pop_back();
  for (Stage& stage : decoder_) {
    x = laid_out(stage.up->forward(x) + skips.back());
    skips.pop_back();
    for (const auto& block : stage.blocks) x = block->forward(x);
    if (features != nullptr) features->push_back(x);
  }
  const Tensor seen = settled(image_encoder_->forward({{laid_out(image), {}, 1}}));
  x = last_up_->forward(x) + seen;
  DeferredNorm last = last_block_->forward({{laid_out(x), {}, 1}});
  if (features != nullptr) {
    settle(last);
    features->push_back(last.values);
  }
  return last;
}

BackbonePtr make_network(const UnetrPpConfig& config, int64_t in_channels, int64_t num_classes) {
  return std::make_shared<UnetrPp>(config, in_channels, num_classes);
}

}  // namespace nmsw
