#include "nmsw/backbones/mamba_layer.h"

#include <cmath>

#include "nmsw/backbones/module_path.h"
#include "nmsw/backbones/token_grid.h"
#include "nmsw/ops/selective_scan.h"
#include "nmsw/tensor/autocast.h"

namespace nmsw {

namespace {

torch::nn::Linear without_bias(int64_t in, int64_t out) {
  return torch::nn::Linear(torch::nn::LinearOptions(in, out).bias(false));
}

}  // namespace

MambaLayer::MambaLayer(const MambaShape& shape) : shape_(shape) {
  const int64_t inner = shape.inner;
  norm_ = register_module("norm", token_norm(shape.channels));
  in_ = register_at(*this, "mamba.in_proj", without_bias(shape.channels, 2 * inner));
  conv_ = register_at(
      *this, "mamba.conv1d",
      torch::nn::Conv1d(torch::nn::Conv1dOptions(inner, inner, shape.taps).groups(inner)));
  controls_ = register_at(*this, "mamba.x_proj",
                          without_bias(inner, shape.step_channels + 2 * shape.states));
  steps_ = register_at(*this, "mamba.dt_proj", torch::nn::Linear(shape.step_channels, inner));
  out_ = register_at(*this, "mamba.out_proj", without_bias(inner, shape.channels));
  torch::nn::Module& mamba = *module_at(*this, "mamba");
  const Tensor rates = torch::arange(1, shape.states + 1, torch::kFloat);
  log_rate_ = mamba.register_parameter("A_log", rates.log().repeat({inner, 1}));
  skip_ = mamba.register_parameter("D", torch::ones({inner}));
  draw_weights();
}

void MambaLayer::draw_weights() {
  constexpr double kShortest = 1e-3, kLongest = 0.1, kLeast = 1e-4;
  const torch::NoGradGuard no_grad;
  const double bound = 1 / std::sqrt(static_cast<double>(shape_.step_channels));
  steps_->weight.uniform_(-bound, bound);
  const Tensor sizes = torch::empty({shape_.inner})
                           .uniform_(std::log(kShortest), std::log(kLongest))
                           .exp_()
                           .clamp_min_(kLeast);
  // What softplus makes these sizes from.
  steps_->bias.copy_(sizes + (-torch::expm1(-sizes)).log());
}

Tensor MambaLayer::scanned(const Tensor& rows) {
  const int64_t batch = rows.size(0), tokens = rows.size(1);
  const Tensor padded = torch::constant_pad_nd(rows.transpose(1, 2), {shape_.taps - 1, 0});
  const Tensor x = torch::silu(conv_->forward(padded)).transpose(1, 2).contiguous();
  const std::vector<Tensor> controls =
      controls_->forward(x.view({-1, shape_.inner}))
          .view({batch, tokens, -1})
          .split_with_sizes({shape_.step_channels, shape_.states, shape_.states}, 2);
  const Tensor steps = torch::softplus(
      steps_->forward(controls[0].reshape({-1, shape_.step_channels})).view({batch, tokens, -1}));
  return selective_scan(x, steps, -log_rate_.exp(), controls[1], controls[2]) + skip_ * x;
}

Tensor MambaLayer::forward(const Tensor& volume) {
  const AutocastPause full_precision(volume.device().type());
  TokenGrid tokens = to_tokens(volume.to(log_rate_.scalar_type()));
  const std::vector<Tensor> parts = in_->forward(norm_->forward(tokens.rows))
                                        .view({tokens.batch, -1, 2 * shape_.inner})
                                        .chunk(2, 2);
  const Tensor gated = scanned(parts[0]) * torch::silu(parts[1]);
  tokens.rows = out_->forward(gated.view({-1, shape_.inner}));
  return to_volume(tokens);
}

}  // namespace nmsw
