#include "nmsw/sampling/score_function.h"

#include "nmsw/sampling/ordered_draws.h"

namespace nmsw {

Tensor score_function_term(const Tensor& log_prob, const Tensor& loss, const Tensor& baseline) {
  const Tensor advantage = (loss - baseline).detach().to(log_prob.scalar_type());
  return (advantage * (log_prob - log_prob.detach())).mean();
}

Tensor leave_one_out_term(const Tensor& log_prob, const Tensor& loss) {
  check_shape(log_prob, {kAnySize}, "log probabilities of the draws");
  check_shape(loss, {log_prob.size(0)}, "losses of the draws");
  const auto draws = static_cast<double>(loss.size(0));
  if (draws < 2) throw ConfigError("score function: leave_one_out needs two draws or more");
  return score_function_term(log_prob, loss * (draws / (draws - 1)),
                             loss.mean() * (draws / (draws - 1)));
}

Tensor fresh_baseline() { return torch::zeros({2}, torch::kDouble); }

Tensor next_baseline(Tensor& state, const Tensor& value, double decay) {
  const torch::NoGradGuard no_grad;
  const Tensor now = value.detach().to(state.scalar_type());
  const Tensor used = torch::where(state[1] > 0, state[0], now);
  state.copy_(torch::stack({decay * used + (1 - decay) * now, torch::ones_like(now)}));
  return used;
}

TopKDraw draw_score_function(const ModelConfig& config, const DrawRequest& request) {
  const Tensor& scores = request.scores;
  require_drawable(scores, request.k);
  check_shape(request.noise, {kAnySize, kAnySize, scores.size(0), scores.size(1)},
              "Gumbel noise of the draws");
  const bool again = config.draw_with_replacement;
  std::vector<Tensor> index, log_prob;
  for (int64_t s = 0; s < request.noise.size(0); ++s) {
    const Tensor noise = again ? request.noise[s] : request.noise[s][0];
    index.push_back(ordered_draws(scores, noise, request.k));
    log_prob.push_back(draw_log_prob(scores, index.back(), again));
  }
  TopKDraw draw;
  draw.index = index.front();
  draw.hard = one_hot(draw.index, scores.detach());
  draw.soft = torch::softmax(scores, 1).unsqueeze(0).expand_as(draw.hard);
  draw.log_prob = torch::stack(log_prob);
  if (index.size() > 1)
    draw.other_index = torch::stack(index).narrow(0, 1, request.noise.size(0) - 1);
  return draw;
}

}  // namespace nmsw
