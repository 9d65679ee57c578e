#include "nmsw/backbones/segformer3d.h"

#include <cmath>

#include "nmsw/backbones/module_path.h"
#include "nmsw/ops/library_norm.h"
#include "nmsw/tensor/resize.h"

namespace nmsw {

namespace {

/// The reference's initial weights: of linear layers normal with deviation 0.02 (cut at ±2, a
/// hundred deviations away), of convolutions by the fan out, without biases.
void draw_segformer_weights(torch::nn::Module& network) {
  constexpr double kDeviation = 0.02;
  const torch::NoGradGuard no_grad;
  for (const auto& module : network.modules(/*include_self=*/false)) {
    if (auto* linear = module->as<torch::nn::LinearImpl>()) {
      linear->weight.normal_(0, kDeviation);
      linear->bias.zero_();
    } else if (auto* conv = dynamic_cast<torch::nn::Conv3dImpl*>(module.get())) {
      const auto outputs = static_cast<double>(conv->weight.size(0) * conv->weight[0][0].numel()) /
                           static_cast<double>(conv->options.groups());
      conv->weight.normal_(0, std::sqrt(2 / outputs));
      if (conv->bias.defined()) conv->bias.zero_();
    }
  }
}

}  // namespace

SegFormer3d::SegFormer3d(const SegFormer3dConfig& config, int64_t in_channels, int64_t num_classes)
    : config_(config) {
  require_consistent(config);
  int64_t in = in_channels;
  for (size_t i = 0; i < config.channels.size(); ++i) {
    stages_.push_back(add_stage(i, in));
    in = config.channels[i];
  }
  const int64_t width = config.decoder_channels;
  const auto sum_width = static_cast<int64_t>(stages_.size()) * width;
  fuse_ = register_at(*this, "segformer_decoder.linear_fuse.0",
                      Conv3d(torch::nn::Conv3dOptions(sum_width, width, 1).bias(false)));
  fuse_norm_ =
      register_at(*this, "segformer_decoder.linear_fuse.1", VolumeNorm(width, config.norm));
  head_ = register_at(*this, "segformer_decoder.linear_pred",
                      Conv3d(torch::nn::Conv3dOptions(width, num_classes, 1)));
  draw_segformer_weights(*this);
}

SegFormer3d::Stage SegFormer3d::add_stage(size_t index, int64_t in) {
  const int64_t channels = config_.channels[index], width = config_.decoder_channels;
  const std::string number = std::to_string(index + 1), encoder = "segformer_encoder.",
                    decoder = "segformer_decoder.linear_c" + number;
  const int64_t kernel = index == 0 ? 7 : 3, stride = index == 0 ? token_side(0) : 2;
  Stage stage;
  stage.embedding = register_at(
      *this, encoder + "embed_" + number + ".patch_embeddings",
      torch::nn::Conv3d(
          torch::nn::Conv3dOptions(in, channels, kernel).stride(stride).padding(kernel / 2)));
  stage.first_norm =
      register_at(*this, encoder + "embed_" + number + ".norm", token_norm(channels));
  const SegFormerBlockShape shape{channels, config_.heads[index], config_.reductions[index],
                                  config_.mlp_ratio, config_.norm};
  for (int64_t i = 0; i < config_.depths[index]; ++i) {
    stage.blocks.push_back(register_at(*this,
                                       encoder + "tf_block" + number + "." + std::to_string(i),
                                       std::make_shared<SegFormerBlock>(shape)));
  }
  stage.last_norm = register_at(*this, encoder + "norm" + number, token_norm(channels));
  stage.projection = register_at(*this, decoder + ".proj", torch::nn::Linear(channels, width));
  stage.projection_norm = register_at(*this, decoder + ".bn", token_norm(width));
  return stage;
}

Tensor SegFormer3d::encode(Stage& stage, const Tensor& input) {
  TokenGrid tokens = to_tokens(stage.embedding->forward(input));
  tokens.rows = stage.first_norm->forward(tokens.rows);
  for (const auto& block : stage.blocks) tokens = block->forward(tokens);
  tokens.rows = stage.last_norm->forward(tokens.rows);
  return to_volume(tokens);
}

Tensor SegFormer3d::fused(const std::vector<Tensor>& maps) {
  const Int3 finest = extent_dhw(maps.front());
  std::vector<Tensor> raised;
  for (size_t i = stages_.size(); i-- > 0;) {
    TokenGrid tokens = to_tokens(maps[i]);
    tokens.rows = stages_[i].projection_norm->forward(stages_[i].projection->forward(tokens.rows));
    raised.push_back(resize_trilinear(to_volume(tokens), finest));
  }
  const Tensor joined_maps = laid_out(torch::cat(raised, 1));
  raised.clear();
  return torch::relu(fuse_norm_->forward(fuse_->forward(joined_maps)));
}

BackboneOutput SegFormer3d::forward(const Tensor& image) {
  require_extent(image);
  BackboneOutput output;
  Tensor x = laid_out(image);
  for (Stage& stage : stages_) {
    x = encode(stage, x);
    output.features.push_back(x);
  }
  output.features.push_back(fused(output.features));
  output.logits = resize_trilinear(head_->forward(output.features.back()), extent_dhw(image));
  return output;
}

BackbonePtr make_network(const SegFormer3dConfig& config, int64_t in_channels,
                         int64_t num_classes) {
  return std::make_shared<SegFormer3d>(config, in_channels, num_classes);
}

}  // namespace nmsw
