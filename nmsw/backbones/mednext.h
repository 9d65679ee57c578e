#pragma once

#include "nmsw/backbones/backbone.h"
#include "nmsw/backbones/conv3d.h"
#include "nmsw/backbones/transposed_conv.h"
#include "nmsw/config/mednext_config.h"

namespace nmsw {

/// What a MedNeXt block does to the grid.
enum class MedNeXtStep { keep, down, up };

/// Depth-wise convolution → group norm (one group a channel) → 1×1×1 expansion → GELU → 1×1×1, plus
/// the (resampled) input. An up block gives 2s-1 voxels, padded by one zero plane in front of each
/// axis.
class MedNeXtBlock final : public torch::nn::Module {
 public:
  MedNeXtBlock(int64_t in, int64_t out, int64_t expansion, MedNeXtStep step);
  Tensor forward(const Tensor& input);
  /// An up block's output added to a volume of its shape, which is overwritten.
  void add_to(Tensor& sum, const Tensor& input);

 private:
  Tensor mix(const Tensor& input) const;
  DeferredNorm mix_for_norm(const Tensor& input) const;
  /// The block without the up block's padding, and the same by the project's kernels.
  Tensor unpadded(const Tensor& input);
  Tensor infer(const Tensor& input);

  MedNeXtStep step_;
  torch::nn::Conv3d conv1_{nullptr};
  Conv3d res_down_{nullptr};
  TransposedConv3d res_up_{nullptr};
  torch::nn::GroupNorm norm_{nullptr};
  Conv3d conv2_{nullptr}, conv3_{nullptr};
};

/// MedNeXt of METHOD 1.2 with as many levels as the configuration lists: down, a bottleneck, up;
/// skips are added.
class MedNeXt final : public Backbone {
 public:
  /// Throws ConfigError when the lists do not fit each other.
  MedNeXt(const MedNeXtConfig& config, int64_t in_channels, int64_t num_classes);
  BackboneOutput forward(const Tensor& image) override;
  LazyVolume lazy_logits(const Tensor& image) override;
  int64_t feature_channels() const override { return nmsw::feature_channels(config_); }
  int64_t size_multiple() const override { return nmsw::size_multiple(config_); }

 private:
  /// What the head reads, and the features on the way if they are wanted: an up block's output is
  /// not made on its own else.
  Tensor last_feature(const Tensor& image, std::vector<Tensor>* features);
  using Block = std::shared_ptr<MedNeXtBlock>;
  std::vector<Block> add_stage(const std::string& path, int64_t channels, size_t stage);

  MedNeXtConfig config_;
  Conv3d stem_{nullptr};
  TransposedConv3d head_{nullptr};
  std::vector<std::vector<Block>> encoder_, decoder_;
  std::vector<Block> bottleneck_, down_, up_;
};

}  // namespace nmsw
