#pragma once

#include "nmsw/backbones/conv3d.h"
#include "nmsw/backbones/token_grid.h"
#include "nmsw/backbones/volume_norm.h"

namespace nmsw {

/// Shape of one block of a UNETR++.
struct UnetrPpBlockShape {
  int64_t tokens = 0;
  int64_t channels = 0;
  /// Keys that the tokens are projected to.
  int64_t projection = 0;
  int64_t heads = 1;
  double dropout = 0;
  NormKind norm = NormKind::batch;
};

/// Efficient paired attention (METHOD 1.8): between channels, and of every token to projected ones,
/// with the same queries and keys.
class PairedAttention final : public torch::nn::Module {
 public:
  explicit PairedAttention(const UnetrPpBlockShape& shape);
  /// rows [batch·tokens, c] → the same.
  Tensor forward(const Tensor& rows, int64_t batch);

 private:
  UnetrPpBlockShape shape_;
  torch::nn::Linear qkvv_{nullptr};
  torch::nn::Dropout channel_dropout_{nullptr}, place_dropout_{nullptr};
  Tensor projection_, channel_temperature_, place_temperature_;
};

/// Position embedding; attention of the normalised tokens, scaled, plus them; a residual block of
/// convolutions and a 1×1×1 convolution, plus that (METHOD 1.8).
class UnetrPpBlock final : public torch::nn::Module {
 public:
  explicit UnetrPpBlock(const UnetrPpBlockShape& shape);
  /// [N,c,D,H,W] of as many voxels as the shape has tokens → the same.
  Tensor forward(const Tensor& volume);

 private:
  Tensor refined(const Tensor& volume);

  torch::nn::LayerNorm norm_{nullptr};
  std::shared_ptr<PairedAttention> attention_;
  Conv3d conv1_{nullptr}, conv2_{nullptr}, last_{nullptr};
  VolumeNorm norm1_{nullptr}, norm2_{nullptr};
  torch::nn::Dropout3d dropout_{nullptr};
  Tensor scale_, positions_;
};

}  // namespace nmsw
