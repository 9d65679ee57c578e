#pragma once

#include "nmsw/backbones/token_grid.h"
#include "nmsw/backbones/window_plan.h"

namespace nmsw {

/// Shape of one transformer block.
struct SwinBlockShape {
  int64_t channels = 0;
  int64_t heads = 1;
  int64_t window = 7;
  /// 0 or half a window.
  int64_t shift = 0;
  int64_t mlp_ratio = 4;
};

/// LayerNorm → attention within windows, plus the input; LayerNorm → MLP with GELU, plus that
/// (METHOD 1.3). The plan of the last geometry is kept. Without gradient the windows pass in
/// portions, so that their attention matrices never lie in memory all at once.
class SwinBlock final : public torch::nn::Module {
 public:
  explicit SwinBlock(const SwinBlockShape& shape);
  TokenGrid forward(const TokenGrid& tokens);

 private:
  const WindowPlan& plan_for(const TokenGrid& tokens);
  /// What the attention adds for where keys lie, [heads,n,n].
  Tensor position_bias(const WindowPlan& plan) const;
  /// The block on the project's kernels.
  Tensor infer(const Tensor& tokens, const WindowPlan& plan) const;
  /// Self-attention of slots [windows·n, c].
  Tensor attend(const Tensor& slots, const WindowPlan& plan);

  SwinBlockShape shape_;
  torch::nn::LayerNorm norm1_{nullptr}, norm2_{nullptr};
  torch::nn::Linear qkv_{nullptr}, projection_{nullptr}, linear1_{nullptr}, linear2_{nullptr};
  Tensor position_table_;
  WindowGeometry geometry_;
  WindowPlan plan_;
};

/// Halves the grid and doubles the channels: eight slices of every second token side by side (two
/// of them twice and two never, as in the reference) → LayerNorm → Linear without bias.
class PatchMerging final : public torch::nn::Module {
 public:
  explicit PatchMerging(int64_t channels);
  /// Every axis of the grid must be even.
  TokenGrid forward(const TokenGrid& tokens);

 private:
  torch::nn::LayerNorm norm_{nullptr};
  torch::nn::Linear reduction_{nullptr};
};

/// Blocks, every second one shifted, and the merging behind them.
class SwinStage final : public torch::nn::Module {
 public:
  SwinStage(SwinBlockShape shape, int64_t depth);
  TokenGrid forward(TokenGrid tokens);

 private:
  std::vector<std::shared_ptr<SwinBlock>> blocks_;
  std::shared_ptr<PatchMerging> merging_;
};

}  // namespace nmsw
