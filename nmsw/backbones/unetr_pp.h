#pragma once

#include "nmsw/backbones/backbone.h"
#include "nmsw/backbones/swin_unetr.h"
#include "nmsw/backbones/unetr_pp_blocks.h"
#include "nmsw/config/unetr_pp_config.h"

namespace nmsw {

/// The UNETR++ of METHOD 1.8 with as many stages as the configuration has depths. Its tokens are in
/// the order of the tensor's voxels, as in the reference, which reads volumes z first too.
class UnetrPp final : public Backbone {
 public:
  /// Throws ConfigError when the configuration does not fit itself.
  UnetrPp(const UnetrPpConfig& config, int64_t in_channels, int64_t num_classes);
  /// Throws ShapeError for any extent but the configuration's.
  BackboneOutput forward(const Tensor& image) override;
  LazyVolume lazy_logits(const Tensor& image) override;
  int64_t feature_channels() const override { return nmsw::feature_channels(config_); }
  int64_t size_multiple() const override { return nmsw::size_multiple(config_); }

 private:
  /// A strided convolution and its norm, or a transposed one, and the blocks behind it.
  struct Stage {
    torch::nn::Conv3d down{nullptr};
    torch::nn::GroupNorm norm{nullptr};
    TransposedConv3d up{nullptr};
    std::vector<std::shared_ptr<UnetrPpBlock>> blocks;
  };
  Stage encoder_stage(size_t index, int64_t in);
  Stage decoder_stage(size_t index);
  void add_blocks(Stage& stage, const std::string& path, size_t index, int64_t depth,
                  int64_t projection);
  /// What the head reads; the features on the way into `features`, which may be null.
  DeferredNorm last_feature(const Tensor& image, std::vector<Tensor>* features);

  UnetrPpConfig config_;
  std::vector<Stage> encoder_, decoder_;  ///< the decoder's lowest level first
  std::shared_ptr<SwinResBlock> image_encoder_, last_block_;
  TransposedConv3d last_up_{nullptr};
  Conv3d head_{nullptr};
};

}  // namespace nmsw
