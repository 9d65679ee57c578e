#include "nmsw/sampling/attention_sampling.h"

#include "nmsw/sampling/ordered_draws.h"

namespace nmsw {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// What each draw counts, [M].
Tensor draw_weights(const Tensor& drawn, bool with_replacement) {
  const auto count = static_cast<double>(drawn.size(0));
  if (with_replacement) return torch::full_like(drawn, 1 / count);
  const Tensor after = torch::arange(drawn.size(0) - 1, -1, -1, drawn.options());
  const Tensor left = 1 - (torch::cumsum(drawn, 0) - drawn);
  return (after * drawn + left) / count;
}

class Estimate : public torch::autograd::Function<Estimate> {
 public:
  static Tensor forward(AutogradContext* ctx, const Tensor& attention, const Tensor& features,
                        const Tensor& index, bool with_replacement) {
    const Tensor drawn = attention.index_select(0, index);
    const Tensor weights = draw_weights(drawn, with_replacement);
    ctx->save_for_backward({attention, features, index, weights});
    return torch::mv(features.index_select(0, index).t(), weights);
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& gradients) {
    const variable_list saved = ctx->get_saved_variables();
    const Tensor &attention = saved[0], &features = saved[1], &index = saved[2],
                 &weights = saved[3];
    const Tensor worth = torch::mv(features.index_select(0, index), gradients[0]);
    const Tensor by_draw = worth * weights / attention.index_select(0, index);
    return {torch::zeros_like(attention).index_add(0, index, by_draw),
            torch::zeros_like(features).index_add(0, index, torch::outer(weights, gradients[0])),
            Tensor(), Tensor()};
  }
};

}  // namespace

Tensor log_attention(const Tensor& scores, double smoothing) {
  check_shape(scores, {kAnySize, kAnySize}, "patch scores");
  if (!(smoothing >= 0 && smoothing <= 1))
    throw ConfigError("attention: smoothing is {}; expected 0 to 1", smoothing);
  if (smoothing == 0) return torch::log_softmax(scores, 1);
  const double everywhere = smoothing / static_cast<double>(scores.size(1));
  return torch::log((1 - smoothing) * torch::softmax(scores, 1) + everywhere);
}

Tensor attention_estimate(const Tensor& attention, const Tensor& features, const Tensor& index,
                          bool with_replacement) {
  check_shape(attention, {kAnySize}, "attention");
  check_shape(features, {attention.size(0), kAnySize}, "features");
  check_shape(index, {kAnySize}, "drawn patches");
  return Estimate::apply(attention, features, index, with_replacement);
}

Tensor attention_ratio(const Tensor& log_attention, const Tensor& index) {
  check_shape(log_attention, {kAnySize, kAnySize}, "attention");
  check_shape(index, {kAnySize, log_attention.size(0)}, "drawn patches");
  const Tensor drawn = log_attention.gather(1, index.t()).t();
  return torch::exp(drawn - drawn.detach());
}

TopKDraw draw_attention(const ModelConfig& config, const DrawRequest& request) {
  require_drawable(request.scores, request.k);
  check_shape(request.noise, {kAnySize, request.scores.size(0), request.scores.size(1)},
              "Gumbel noise of the draws");
  const Tensor attention = log_attention(request.scores, config.attention_smoothing);
  const Tensor noise = config.draw_with_replacement ? request.noise : request.noise[0];
  TopKDraw draw;
  draw.index = ordered_draws(attention, noise, request.k);
  draw.hard = one_hot(draw.index, request.scores.detach());
  draw.soft = attention.exp().unsqueeze(0).expand_as(draw.hard);
  draw.ratio = attention_ratio(attention, draw.index);
  return draw;
}

}  // namespace nmsw
