#include "nmsw/backbones/swin_blocks.h"

#include <cmath>

#include "nmsw/backbones/module_path.h"
#include "nmsw/ops/attention.h"
#include "nmsw/ops/kernel_choice.h"
#include "nmsw/ops/transformer_layer.h"

namespace nmsw {

namespace {

/// Attention matrices of a portion of windows, in float32: on the CPU what a core's cache holds; a
/// device is to be kept busy by few calls.
int64_t portion_bytes(const torch::Device& device) {
  return int64_t{8} << (device.is_cpu() ? 20 : 26);
}

TokenWeights norm_and_linear(const torch::nn::LayerNorm& norm, const torch::nn::Linear& linear) {
  TokenWeights weights;
  weights.norm_scale = norm->weight;
  weights.norm_offset = norm->bias;
  weights.epsilon = norm->options.eps();
  weights.compress = linear->weight;
  weights.compress_bias = linear->bias;
  return weights;
}

/// q, k, v [w,heads,n,d] and bias [heads,n,n] → [w,heads,n,d].
Tensor attend_portion(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& bias) {
  const double scale = 1 / std::sqrt(static_cast<double>(q.size(-1)));
  // In place: matmul's gradient needs its factors alone, and the matrix is the largest tensor of
  // the network.
  const Tensor scores = torch::matmul(q * scale, k.transpose(-2, -1)).add_(bias);
  return torch::matmul(torch::softmax(scores, -1), v);
}

}  // namespace

SwinBlock::SwinBlock(const SwinBlockShape& shape) : shape_(shape) {
  const int64_t channels = shape.channels;
  const int64_t hidden = shape.mlp_ratio * channels;
  norm1_ = register_module("norm1", token_norm(channels));
  qkv_ = register_at(*this, "attn.qkv", torch::nn::Linear(channels, 3 * channels));
  projection_ = register_at(*this, "attn.proj", torch::nn::Linear(channels, channels));
  norm2_ = register_module("norm2", token_norm(channels));
  linear1_ = register_at(*this, "mlp.linear1", torch::nn::Linear(channels, hidden));
  linear2_ = register_at(*this, "mlp.linear2", torch::nn::Linear(hidden, channels));
  const int64_t span = 2 * shape.window - 1;
  // The reference cuts this normal distribution at ±2, a hundred deviations away.
  constexpr double kDeviation = 0.02;
  position_table_ =
      module_at(*this, "attn")
          ->register_parameter("relative_position_bias_table",
                               torch::randn({span * span * span, shape.heads}).mul_(kDeviation));
}

const WindowPlan& SwinBlock::plan_for(const TokenGrid& tokens) {
  const WindowGeometry geometry{tokens.batch, tokens.grid_dhw, shape_.window, shape_.shift};
  const torch::Device device = tokens.rows.device();
  if (!plan_.position.defined() || !(geometry == geometry_) || plan_.position.device() != device) {
    plan_ = plan_windows(geometry, device);
    geometry_ = geometry;
  }
  return plan_;
}

Tensor SwinBlock::position_bias(const WindowPlan& plan) const {
  const int64_t n = plan.window_tokens;
  return torch::embedding(position_table_, plan.position)  // its gradient is faster than an index's
      .view({n, n, shape_.heads})
      .permute({2, 0, 1})
      .contiguous();
}

Tensor SwinBlock::infer(const Tensor& tokens, const WindowPlan& plan) const {
  const Tensor qkv =
      transformer_layer(tokens, plan.token_of_slot, norm_and_linear(norm1_, qkv_), {});
  const Tensor attended =
      attend_windows(qkv, position_bias(plan), plan.groups, plan.slot_is_filled);
  TokenWeights projection;
  projection.compress = projection_->weight;
  projection.compress_bias = projection_->bias;
  const Tensor rows = transformer_layer(attended, plan.slot_of_token, projection, tokens);
  TokenWeights mlp = norm_and_linear(norm2_, linear2_);
  mlp.expand = linear1_->weight;
  mlp.expand_bias = linear1_->bias;
  return transformer_layer(rows, {}, mlp, rows);
}

Tensor SwinBlock::attend(const Tensor& slots, const WindowPlan& plan) {
  const int64_t n = plan.window_tokens;
  const int64_t heads = shape_.heads;
  const Tensor rows = qkv_->forward(slots);
  const Tensor bias = position_bias(plan);
  const std::vector<Tensor> qkv = rows.view({-1, n, 3, heads, shape_.channels / heads})
                                      .permute({2, 0, 3, 1, 4})
                                      .contiguous()
                                      .unbind(0);
  const int64_t window_bytes = heads * n * n * static_cast<int64_t>(sizeof(float));
  const int64_t portion = std::max<int64_t>(1, portion_bytes(slots.device()) / window_bytes);

  std::vector<int64_t> sizes;
  std::vector<Tensor> biases;
  for (const WindowGroup& group : plan.groups) {
    const Tensor group_bias = group.mask.defined() ? bias + group.mask : bias;
    for (int64_t left = group.windows; left > 0; left -= sizes.back()) {
      sizes.push_back(at::GradMode::is_enabled() ? left : std::min(left, portion));
      biases.push_back(group_bias);
    }
  }
  const auto q = qkv[0].split_with_sizes(sizes), k = qkv[1].split_with_sizes(sizes),
             v = qkv[2].split_with_sizes(sizes);
  std::vector<Tensor> attended;
  for (size_t i = 0; i < sizes.size(); ++i) {
    attended.push_back(attend_portion(q[i], k[i], v[i], biases[i]));
  }
  const Tensor joined = attended.size() == 1 ? attended.front() : torch::cat(attended);
  return projection_->forward(joined.transpose(1, 2).reshape({-1, shape_.channels}));
}

TokenGrid SwinBlock::forward(const TokenGrid& tokens) {
  const WindowPlan& plan = plan_for(tokens);
  if (takes_inference_kernels(tokens.rows) && qkv_->weight.scalar_type() == torch::kFloat) {
    return {infer(tokens.rows, plan), tokens.batch, tokens.grid_dhw};
  }
  const Tensor slots = deal_to_windows(norm1_->forward(tokens.rows), plan);
  const Tensor rows = collect_from_windows(attend(slots, plan), plan) + tokens.rows;
  const Tensor hidden = torch::gelu(linear1_->forward(norm2_->forward(rows)));
  return {linear2_->forward(hidden) + rows, tokens.batch, tokens.grid_dhw};
}

PatchMerging::PatchMerging(int64_t channels) {
  reduction_ = register_module(
      "reduction",
      torch::nn::Linear(torch::nn::LinearOptions(8 * channels, 2 * channels).bias(false)));
  norm_ = register_module("norm", token_norm(8 * channels));
}

TokenGrid PatchMerging::forward(const TokenGrid& tokens) {
  const Int3 half{tokens.grid_dhw[0] / 2, tokens.grid_dhw[1] / 2, tokens.grid_dhw[2] / 2};
  // Offsets x + 2y + 4z of the reference's slices (x,y,z) = 000 100 010 001 101 010 001 111.
  const Tensor slices = torch::tensor({0, 1, 2, 4, 5, 2, 4, 7}, torch::kLong);
  const int64_t channels = tokens.rows.size(1);
  const Tensor merged =
      tokens.rows.view({tokens.batch, half[0], 2, half[1], 2, half[2], 2, channels})
          .permute({0, 1, 3, 5, 2, 4, 6, 7})
          .reshape({-1, 8, channels})
          .index_select(1, queued_copy(slices, tokens.rows.device()))
          .view({-1, 8 * channels});
  const bool own = takes_inference_kernels(merged) && norm_->weight.scalar_type() == torch::kFloat;
  const Tensor reduced = own ? transformer_layer(merged, {}, norm_and_linear(norm_, reduction_), {})
                             : reduction_->forward(norm_->forward(merged));
  return {reduced, tokens.batch, half};
}

SwinStage::SwinStage(SwinBlockShape shape, int64_t depth) {
  for (int64_t i = 0; i < depth; ++i) {
    shape.shift = i % 2 == 0 ? 0 : shape.window / 2;
    blocks_.push_back(
        register_at(*this, "blocks." + std::to_string(i), std::make_shared<SwinBlock>(shape)));
  }
  merging_ = register_module("downsample", std::make_shared<PatchMerging>(shape.channels));
}

TokenGrid SwinStage::forward(TokenGrid tokens) {
  for (const auto& block : blocks_) tokens = block->forward(tokens);
  return merging_->forward(tokens);
}

}  // namespace nmsw
