#include "nmsw/backbones/nnunet.h"

#include "nmsw/backbones/kept_feature.h"
#include "nmsw/backbones/module_path.h"
#include "nmsw/ops/kernel_choice.h"
#include "nmsw/ops/library_norm.h"

namespace nmsw {

namespace {

Int3 dhw_of(Int3 xyz) { return {xyz[2], xyz[1], xyz[0]}; }

/// Axes of [N,C,D,H,W] along which a volume in RAS order runs the other way.
std::vector<int64_t> flipped_axes(VoxelOrder order) {
  const std::string letters = enum_name(order);
  std::vector<int64_t> axes;
  for (size_t axis = 0; axis < 3; ++axis) {
    if (letters[axis] != "RAS"[axis]) axes.push_back(4 - static_cast<int64_t>(axis));
  }
  return axes;
}

DeferredNorm through(const std::vector<NormedConv>& convs, std::vector<DeferredNorm> input) {
  for (const NormedConv& conv : convs) input = {conv.forward(input, kNnUnetSlope)};
  return input.front();
}

}  // namespace

NormedConv::Shape NnUnet::shape_of(size_t level, int64_t in, bool strided) const {
  return {in, levels_.channels[level], dhw_of(levels_.kernels_xyz[level]),
          strided ? dhw_of(levels_.strides_xyz[level]) : Int3{1, 1, 1}};
}

NnUnet::NnUnet(const NnUnetConfig& config, int64_t in_channels, int64_t num_classes)
    : levels_(config) {
  require_consistent(config);
  int64_t in = in_channels;
  for (size_t level = 0; level < config.channels.size(); ++level) {
    EncoderLevel added;
    const std::string path = "encoder.stages." + std::to_string(level) + ".0.convs.";
    for (int64_t i = 0; i < config.encoder_convs[level]; ++i) {
      added.convs.emplace_back(*this, path + std::to_string(i), shape_of(level, in, i == 0));
      in = config.channels[level];
    }
    encoder_.push_back(std::move(added));
  }
  add_decoder(config.decoder_convs, num_classes);
  draw_parameters();
}

NnUnet::NnUnet(const NnUnetResEncConfig& config, int64_t in_channels, int64_t num_classes)
    : levels_(config) {
  require_consistent(config);
  stem_.emplace_back(*this, "encoder.stem.convs.0", shape_of(0, in_channels, false));
  int64_t in = config.channels.front();
  for (size_t level = 0; level < config.channels.size(); ++level) {
    EncoderLevel added;
    const std::string path = "encoder.stages." + std::to_string(level) + ".blocks.";
    for (int64_t i = 0; i < config.blocks[level]; ++i) {
      added.blocks.emplace_back(*this, path + std::to_string(i), shape_of(level, in, i == 0));
      in = config.channels[level];
    }
    encoder_.push_back(std::move(added));
  }
  add_decoder(config.decoder_convs, num_classes);
  draw_parameters();
  for (EncoderLevel& level : encoder_) {
    for (NnUnetResBlock& block : level.blocks) block.start_as_shortcut();
  }
}

void NnUnet::add_decoder(const std::vector<int64_t>& convs, int64_t num_classes) {
  for (size_t i = 0; i < convs.size(); ++i) {
    const size_t level = convs.size() - 1 - i;
    const int64_t width = levels_.channels[level];
    const std::string name = std::to_string(i);
    const torch::ExpandingArray<3> stride(dhw_of(levels_.strides_xyz[level + 1]));
    DecoderLevel added;
    added.raise = register_at(*this, "decoder.transpconvs." + name,
                              TransposedConv3d(torch::nn::ConvTranspose3dOptions(
                                                   levels_.channels[level + 1], width, stride)
                                                   .stride(stride)));
    for (int64_t j = 0; j < convs[i]; ++j) {
      added.convs.emplace_back(*this, "decoder.stages." + name + ".convs." + std::to_string(j),
                               shape_of(level, j == 0 ? 2 * width : width, false));
    }
    head_ = register_at(*this, "decoder.seg_layers." + name,
                        Conv3d(torch::nn::Conv3dOptions(width, num_classes, 1)));
    decoder_.push_back(std::move(added));
  }
}

void NnUnet::draw_parameters() {
  const torch::NoGradGuard no_grad;
  for (Tensor& parameter : parameters()) {
    // Those of one axis are biases, and the norms' scales and offsets, which are 1 and 0 already.
    if (parameter.dim() > 1) torch::nn::init::kaiming_normal_(parameter, kNnUnetSlope);
  }
  for (auto& entry : named_parameters()) {
    const std::string ending = ".bias";
    const std::string& name = entry.key();
    if (name.compare(name.size() - ending.size(), ending.size(), ending) == 0) {
      entry.value().zero_();
    }
  }
}

DeferredNorm NnUnet::last_feature(const Tensor& image, std::vector<Tensor>* features) {
  require_extent(image);
  const auto kept = [features](DeferredNorm volume) {
    return kept_feature(std::move(volume), features);
  };
  std::vector<DeferredNorm> skips;
  DeferredNorm x = through(stem_, {{laid_out(image), {}, 1}});
  for (const EncoderLevel& level : encoder_) {
    for (const NnUnetResBlock& block : level.blocks) x = block.forward(x);
    x = through(level.convs, {x});
    // The next level's first block would apply what is pending behind the skip's back.
    if (!level.blocks.empty()) settle(x);
    x = kept(x);
    skips.push_back(x);
  }
  skips.pop_back();
  for (const DecoderLevel& level : decoder_) {
    const bool own = takes_inference_kernels(image);
    const auto raise = level.raise.ptr();
    const DeferredNorm raised =
        own ? raise->forward_deferred({x}, {}) : DeferredNorm{raise->forward(x.values), {}, 1};
    x = kept(through(level.convs, {raised, skips.back()}));
    skips.pop_back();
  }
  return x;
}

BackboneOutput NnUnet::forward(const Tensor& image) {
  BackboneOutput output;
  const std::vector<int64_t> axes = flipped_axes(levels_.voxel_order);
  const Tensor turned = axes.empty() ? image : image.flip(axes);
  output.logits = head_->forward(settled(last_feature(turned, &output.features)));
  if (axes.empty()) return output;
  output.logits = output.logits.flip(axes);
  for (Tensor& feature : output.features) feature = feature.flip(axes);
  return output;
}

LazyVolume NnUnet::lazy_logits(const Tensor& image) {
  if (levels_.voxel_order != VoxelOrder::RAS) return forward(image).logits;
  const DeferredNorm last = last_feature(image, nullptr);
  if (!takes_inference_kernels(image)) return head_->forward(last.values);
  return head_->forward_lazy({last}, {});
}

BackbonePtr make_network(const NnUnetConfig& config, int64_t in_channels, int64_t num_classes) {
  return std::make_shared<NnUnet>(config, in_channels, num_classes);
}

BackbonePtr make_network(const NnUnetResEncConfig& config, int64_t in_channels,
                         int64_t num_classes) {
  return std::make_shared<NnUnet>(config, in_channels, num_classes);
}

}  // namespace nmsw
