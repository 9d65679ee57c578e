#pragma once

#include "nmsw/backbones/backbone.h"
#include "nmsw/backbones/conv3d.h"
#include "nmsw/backbones/segformer_blocks.h"
#include "nmsw/config/segformer3d_config.h"

namespace nmsw {

/// The SegFormer3D of METHOD 1.7 with as many stages as the configuration lists. Its logits are
/// interpolated from a quarter of the resolution. Any axis order: nothing in it knows places.
class SegFormer3d final : public Backbone {
 public:
  /// Throws ConfigError when the lists do not fit each other.
  SegFormer3d(const SegFormer3dConfig& config, int64_t in_channels, int64_t num_classes);
  BackboneOutput forward(const Tensor& image) override;
  int64_t feature_channels() const override { return nmsw::feature_channels(config_); }
  int64_t size_multiple() const override { return nmsw::size_multiple(config_); }

 private:
  /// Strided convolution → LayerNorm → blocks → LayerNorm.
  struct Stage {
    torch::nn::Conv3d embedding{nullptr};
    torch::nn::LayerNorm first_norm{nullptr}, last_norm{nullptr};
    std::vector<std::shared_ptr<SegFormerBlock>> blocks;
    /// Of the decoder.
    torch::nn::Linear projection{nullptr};
    torch::nn::LayerNorm projection_norm{nullptr};
  };
  Stage add_stage(size_t index, int64_t in);
  Tensor encode(Stage& stage, const Tensor& input);
  /// The decoder's last feature, all stages' maps at the first one's resolution.
  Tensor fused(const std::vector<Tensor>& maps);

  SegFormer3dConfig config_;
  std::vector<Stage> stages_;
  Conv3d fuse_{nullptr}, head_{nullptr};
  VolumeNorm fuse_norm_{nullptr};
};

}  // namespace nmsw
