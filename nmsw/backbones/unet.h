#pragma once

#include "nmsw/backbones/backbone.h"
#include "nmsw/backbones/planar_conv3d.h"
#include "nmsw/config/unet_config.h"

namespace nmsw {

/// Convolution (or transposed convolution) → instance norm → PReLU, or the bare convolution.
struct ConvUnit {
  torch::nn::AnyModule conv;
  torch::nn::PReLU activation{nullptr};
  Tensor forward(const Tensor& input);
};

/// The residual UNet of spec 1.1: two strided units a level down; transposed convolution and one unit a level up, the
/// features concatenated (decoder first); the sum of a residual unit passes no activation.
class UNet final : public Backbone {
 public:
  /// Throws ConfigError when the lists do not fit each other or the bottleneck is strided.
  UNet(const UNetConfig& config, int64_t in_channels, int64_t num_classes);
  BackboneOutput forward(const Tensor& image) override;
  int64_t feature_channels() const override { return nmsw::feature_channels(config_); }
  int64_t size_multiple() const override { return nmsw::size_multiple(config_); }

 private:
  struct DownLevel {
    ConvUnit first, second;
    PlanarConv3d shortcut{nullptr};
  };
  struct UpLevel {
    ConvUnit raise, refine;
  };
  ConvUnit add_unit(const std::string& path, torch::nn::AnyModule conv, bool with_norm);
  void add_encoder(int64_t in_channels);
  void add_decoder(int64_t num_classes);

  UNetConfig config_;
  std::vector<DownLevel> down_;
  std::vector<UpLevel> up_;
};

}  // namespace nmsw
