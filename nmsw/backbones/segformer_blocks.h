#pragma once

#include "nmsw/backbones/token_grid.h"
#include "nmsw/backbones/volume_norm.h"

namespace nmsw {

/// Shape of one block of a SegFormer3D.
struct SegFormerBlockShape {
  int64_t channels = 0;
  int64_t heads = 1;
  /// Tokens along an axis that share a key and a value.
  int64_t reduction = 1;
  int64_t mlp_ratio = 4;
  NormKind norm = NormKind::batch;
};

/// Self-attention of every token to the grid reduced by a strided convolution (METHOD 1.7).
class SegFormerAttention final : public torch::nn::Module {
 public:
  explicit SegFormerAttention(const SegFormerBlockShape& shape);
  /// Every axis of the grid a multiple of the reduction. Returns the new rows.
  Tensor forward(const TokenGrid& tokens);

 private:
  SegFormerBlockShape shape_;
  torch::nn::Linear query_{nullptr}, key_value_{nullptr}, projection_{nullptr};
  torch::nn::Conv3d reduce_{nullptr};
  torch::nn::LayerNorm reduced_norm_{nullptr};
};

/// LayerNorm → attention, plus the input; LayerNorm → Linear → depthwise convolution 3³ → norm →
/// GELU → Linear, plus that (METHOD 1.7).
class SegFormerBlock final : public torch::nn::Module {
 public:
  explicit SegFormerBlock(const SegFormerBlockShape& shape);
  TokenGrid forward(const TokenGrid& tokens);

 private:
  Tensor mix(const TokenGrid& tokens);

  torch::nn::LayerNorm norm1_{nullptr}, norm2_{nullptr};
  std::shared_ptr<SegFormerAttention> attention_;
  torch::nn::Linear expand_{nullptr}, compress_{nullptr};
  torch::nn::Conv3d depthwise_{nullptr};
  VolumeNorm hidden_norm_{nullptr};
};

}  // namespace nmsw
