#include "nmsw/sampling/gumbel_top_k.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace nmsw {

TopKDraw gumbel_top_k(const Tensor& scores, const Tensor& noise, int64_t k, double tau,
                      DrawnRemoval removal) {
  require_drawable(scores, k);
  if (!(tau > 0)) throw ConfigError("top-k: tau is {}; expected a value above 0", tau);
  const double log_tiny = std::log(std::numeric_limits<float>::min());
  Tensor perturbed = scores;
  if (noise.defined()) {
    check_shape(noise, {scores.size(0), scores.size(1)}, "Gumbel noise");
    perturbed = perturbed + noise;
  }
  std::vector<Tensor> index, hard, soft;
  for (int64_t i = 0; i < k; ++i) {
    if (i > 0) {
      perturbed =
          removal == DrawnRemoval::tiny
              ? perturbed + hard.back() * log_tiny
              : perturbed.masked_fill(hard.back() > 0, -std::numeric_limits<double>::infinity());
    }
    soft.push_back(torch::softmax(perturbed / tau, 1));
    index.push_back(soft.back().detach().argmax(1));
    hard.push_back(
        torch::zeros_like(soft.back().detach()).scatter_(1, index.back().unsqueeze(1), 1.0));
  }
  return {torch::stack(index), torch::stack(hard), torch::stack(soft)};
}

Tensor patch_weights(const TopKDraw& draw, Estimator estimator) {
  if (estimator == Estimator::paper) return draw.hard * draw.soft;
  const Tensor straight_through = (draw.hard - draw.soft.detach()) + draw.soft;
  return estimator == Estimator::authors ? straight_through * draw.soft : straight_through;
}

std::vector<int64_t> rank_patches(const Tensor& scores, const Tensor& noise) {
  check_shape(scores, {kAnySize}, "patch scores");
  Tensor values = scores.detach().to(torch::kCPU, torch::kFloat);
  if (noise.defined()) {
    check_shape(noise, {scores.size(0)}, "Gumbel noise");
    values = values + noise.to(torch::kCPU, torch::kFloat);
  }
  values = values.contiguous();
  const float* value = values.data_ptr<float>();
  std::vector<int64_t> order(static_cast<size_t>(values.numel()));
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [value](int64_t a, int64_t b) { return value[a] > value[b]; });
  return order;
}

int64_t enough_mass(const Tensor& scores, const std::vector<int64_t>& order, double share) {
  const Tensor mass =
      torch::softmax(scores.detach().to(torch::kCPU, torch::kDouble), 0).contiguous();
  double sum = 0;
  for (size_t rank = 0; rank < order.size(); ++rank) {
    sum += mass.data_ptr<double>()[order[rank]];
    if (sum >= 1 - share) return static_cast<int64_t>(rank) + 1;
  }
  return static_cast<int64_t>(order.size());
}

}  // namespace nmsw
