#pragma once

#include "nmsw/backbones/backbone.h"
#include "nmsw/backbones/nnunet_blocks.h"
#include "nmsw/backbones/transposed_conv.h"
#include "nmsw/config/nnunet_config.h"

namespace nmsw {

/// nnU-Net's networks of METHOD 1.6, plain and with a residual encoder: they share the decoder and
/// its heads, of which all but the last are parameters that no output depends on.
class NnUnet final : public Backbone {
 public:
  /// Throw ConfigError when the lists do not fit each other.
  NnUnet(const NnUnetConfig& config, int64_t in_channels, int64_t num_classes);
  NnUnet(const NnUnetResEncConfig& config, int64_t in_channels, int64_t num_classes);
  BackboneOutput forward(const Tensor& image) override;
  LazyVolume lazy_logits(const Tensor& image) override;
  int64_t feature_channels() const override { return nmsw::feature_channels(levels_); }
  int64_t size_multiple() const override { return nmsw::size_multiple(levels_); }

 private:
  struct EncoderLevel {
    std::vector<NormedConv> convs;
    std::vector<NnUnetResBlock> blocks;  ///< one of the two
  };
  struct DecoderLevel {
    TransposedConv3d raise{nullptr};
    std::vector<NormedConv> convs;
  };
  NormedConv::Shape shape_of(size_t level, int64_t in, bool strided) const;
  void add_decoder(const std::vector<int64_t>& convs, int64_t num_classes);
  void draw_parameters();
  /// What the head reads; the features on the way into `features`, which may be null.
  DeferredNorm last_feature(const Tensor& image, std::vector<Tensor>* features);

  NnUnetLevels levels_;
  std::vector<NormedConv> stem_;  ///< of the residual encoder: one
  std::vector<EncoderLevel> encoder_;
  std::vector<DecoderLevel> decoder_;  ///< lowest level first
  Conv3d head_{nullptr};
};

}  // namespace nmsw
