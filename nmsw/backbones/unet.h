#pragma once

#include "nmsw/backbones/backbone.h"
#include "nmsw/backbones/conv3d.h"
#include "nmsw/backbones/transposed_conv.h"
#include "nmsw/config/unet_config.h"

namespace nmsw {

/// Convolution (or transposed convolution) → instance norm → PReLU, or the bare convolution.
struct ConvUnit {
  Conv3d conv{nullptr};
  TransposedConv3d raise{nullptr};  ///< one of the two
  torch::nn::PReLU activation{nullptr};
  Tensor forward(const Tensor& input);
  /// What comes out has its norm pending.
  DeferredNorm forward(const std::vector<DeferredNorm>& input, const ConvOptions& options = {});
};

/// The residual UNet of METHOD 1.1: two strided units a level down; transposed convolution and one
/// unit a level up, the features concatenated (decoder first); the sum of a residual unit passes no
/// activation.
class UNet final : public Backbone {
 public:
  /// Throws ConfigError when the lists do not fit each other or the bottleneck is strided.
  UNet(const UNetConfig& config, int64_t in_channels, int64_t num_classes);
  BackboneOutput forward(const Tensor& image) override;
  LazyVolume lazy_logits(const Tensor& image) override;
  int64_t feature_channels() const override { return nmsw::feature_channels(config_); }
  int64_t size_multiple() const override { return nmsw::size_multiple(config_); }

 private:
  struct DownLevel {
    ConvUnit first, second;
    Conv3d shortcut{nullptr};
  };
  struct UpLevel {
    ConvUnit raise, refine;
  };
  void complete(const std::string& path, ConvUnit& unit, bool with_norm);
  ConvUnit add_conv(const std::string& path, int64_t in, int64_t out, int64_t stride,
                    bool with_norm);
  bool takes_kernels(const Tensor& image) const;
  /// The network on the project's kernels, norms applied by whoever reads a volume: its logits, and
  /// the features on the way.
  LazyVolume infer(const Tensor& image, std::vector<Tensor>& features);
  void add_encoder(int64_t in_channels);
  void add_decoder(int64_t num_classes);

  UNetConfig config_;
  std::vector<DownLevel> down_;
  std::vector<UpLevel> up_;
};

}  // namespace nmsw
