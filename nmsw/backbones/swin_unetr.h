#pragma once

#include "nmsw/backbones/backbone.h"
#include "nmsw/backbones/conv3d.h"
#include "nmsw/backbones/swin_blocks.h"
#include "nmsw/backbones/transposed_conv.h"
#include "nmsw/config/swin_unetr_config.h"
#include "nmsw/ops/deferred_norm.h"

namespace nmsw {

/// Convolution 3³ → instance norm → LeakyReLU → convolution 3³ → instance norm, plus the input
/// (through 1³ and a norm where the channels differ) → LeakyReLU. No biases.
class SwinResBlock final : public torch::nn::Module {
 public:
  SwinResBlock(int64_t in, int64_t out);
  /// Of the volumes, their channels one behind the other. Nothing is pending for them or the result
  /// unless takes_inference_kernels.
  DeferredNorm forward(const std::vector<DeferredNorm>& input);

 private:
  /// On the project's kernels: norms, sums and rectifiers are left to whoever reads a volume.
  DeferredNorm infer(const std::vector<DeferredNorm>& input);
  /// What is added to the second convolution.
  DeferredNorm shortcut_of(const std::vector<DeferredNorm>& input);

  Conv3d conv1_{nullptr}, conv2_{nullptr}, shortcut_{nullptr};
};

/// Transposed convolution to twice the size, the skip behind it, a residual block.
class SwinUpBlock final : public torch::nn::Module {
 public:
  SwinUpBlock(int64_t in, int64_t out);
  DeferredNorm forward(const DeferredNorm& input, const DeferredNorm& skip);

 private:
  TransposedConv3d raise_{nullptr};
  std::shared_ptr<SwinResBlock> refine_;
};

/// The Swin-UNETR of METHOD 1.3 with as many stages as the configuration has depths. It treats the
/// axes of a volume as the reference does, x first, so that reference weights (convolution kernels
/// turned to our order) give the same result.
class SwinUnetr final : public Backbone {
 public:
  /// Throws ConfigError when the lists do not fit each other.
  SwinUnetr(const SwinUnetrConfig& config, int64_t in_channels, int64_t num_classes);
  BackboneOutput forward(const Tensor& image) override;
  LazyVolume lazy_logits(const Tensor& image) override;
  int64_t feature_channels() const override { return nmsw::feature_channels(config_); }
  int64_t size_multiple() const override { return nmsw::size_multiple(config_); }

 private:
  /// What the head reads; the features on the way into `features`, which may be null.
  DeferredNorm last_feature(const Tensor& image, std::vector<Tensor>* features);
  /// The patch embedding's tokens, where takes_inference_kernels.
  TokenGrid embedded(const Tensor& image) const;
  /// The patch embedding's and every stage's output, normalised over channels.
  std::vector<Tensor> hidden_states(const Tensor& image);

  SwinUnetrConfig config_;
  torch::nn::Conv3d embedding_{nullptr};
  Conv3d head_{nullptr};
  std::vector<std::shared_ptr<SwinStage>> stages_;
  std::shared_ptr<SwinResBlock> image_encoder_, bottleneck_;
  std::vector<std::shared_ptr<SwinResBlock>> encoders_;
  std::vector<std::shared_ptr<SwinUpBlock>> decoders_;  ///< lowest level first
};

}  // namespace nmsw
