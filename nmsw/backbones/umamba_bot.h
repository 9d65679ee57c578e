#pragma once

#include "nmsw/backbones/backbone.h"
#include "nmsw/backbones/conv3d.h"
#include "nmsw/backbones/mamba_layer.h"
#include "nmsw/base/volume.h"
#include "nmsw/config/umamba_bot_config.h"

namespace nmsw {

/// A residual block of U-Mamba: convolution → instance norm → LeakyReLU → convolution → instance
/// norm, plus the input (through a 1×1×1 convolution of that stride where there is a shortcut) →
/// LeakyReLU.
class UMambaBlock final : public torch::nn::Module {
 public:
  struct Shape {
    int64_t in = 0, out = 0;
    Int3 kernel_dhw{3, 3, 3}, stride_dhw{1, 1, 1};
    /// With one its tensors have other names in the reference than without.
    bool has_shortcut = false;
  };
  explicit UMambaBlock(const Shape& shape);
  Tensor forward(const Tensor& input);

 private:
  Conv3d conv1_{nullptr}, conv2_{nullptr}, shortcut_{nullptr};
  torch::nn::GroupNorm norm1_{nullptr}, norm2_{nullptr};
};

/// The U-Mamba Bot of METHOD 1.9 with as many levels as the configuration lists. Its tokens are in
/// the order of the tensor's voxels, as in the reference, which reads volumes z first too.
class UMambaBot final : public Backbone {
 public:
  /// Throws ConfigError when the lists do not fit each other.
  UMambaBot(const UMambaBotConfig& config, int64_t in_channels, int64_t num_classes);
  BackboneOutput forward(const Tensor& image) override;
  int64_t feature_channels() const override { return nmsw::feature_channels(config_); }
  int64_t size_multiple() const override { return nmsw::size_multiple(config_); }

 private:
  using Blocks = std::vector<std::shared_ptr<UMambaBlock>>;
  /// The first block brings the channels and the stride.
  Blocks add_blocks(const std::string& path, const UMambaBlock::Shape& first, int64_t count);
  void add_decoder_level(size_t below, int64_t num_classes);

  UMambaBotConfig config_;
  std::vector<Blocks> encoder_, decoder_;  ///< the stem first; the decoder's lowest level first
  std::vector<Conv3d> raise_;
  std::shared_ptr<MambaLayer> mamba_;
  Conv3d head_{nullptr};
};

}  // namespace nmsw
