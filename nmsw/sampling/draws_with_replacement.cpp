#include "nmsw/sampling/draws_with_replacement.h"

namespace nmsw {

TopKDraw draws_with_replacement(const Tensor& scores, const Tensor& noise, double tau) {
  check_shape(scores, {kAnySize, kAnySize}, "patch scores");
  check_shape(noise, {kAnySize, scores.size(0), scores.size(1)}, "Gumbel noise of the draws");
  if (!(tau > 0)) throw ConfigError("draws: tau is {}; expected a value above 0", tau);
  TopKDraw draw;
  draw.soft = torch::softmax((scores.unsqueeze(0) + noise) / tau, 2);
  draw.index = draw.soft.detach().argmax(2);
  draw.hard = torch::zeros_like(draw.soft.detach()).scatter_(2, draw.index.unsqueeze(2), 1.0);
  return draw;
}

}  // namespace nmsw
