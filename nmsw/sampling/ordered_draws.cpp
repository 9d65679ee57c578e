#include "nmsw/sampling/ordered_draws.h"

#include <limits>
#include <set>

namespace nmsw {

Tensor ordered_draws(const Tensor& scores, const Tensor& noise, int64_t k) {
  require_drawable(scores, k);
  if (noise.dim() == 3) {
    check_shape(noise, {k, scores.size(0), scores.size(1)}, "Gumbel noise of the draws");
    return (scores.detach().unsqueeze(0) + noise).argmax(2);
  }
  check_shape(noise, {scores.size(0), scores.size(1)}, "Gumbel noise");
  return std::get<1>((scores.detach() + noise).topk(k, 1)).t().contiguous();
}

Tensor draw_log_prob(const Tensor& scores, const Tensor& index, bool with_replacement) {
  check_shape(scores, {kAnySize, kAnySize}, "patch scores");
  check_shape(index, {kAnySize, scores.size(0)}, "drawn patches");
  if (with_replacement) return torch::log_softmax(scores, 1).gather(1, index.t()).sum(1);
  Tensor left = scores, sum = torch::zeros({scores.size(0)}, scores.options());
  for (int64_t m = 0; m < index.size(0); ++m) {
    const Tensor column = index[m].unsqueeze(1);
    sum = sum + left.gather(1, column).squeeze(1) - torch::logsumexp(left, 1);
    left = left.scatter(1, column, -std::numeric_limits<double>::infinity());
  }
  return sum;
}

Tensor every_draw(int64_t candidates, int64_t k, bool with_replacement) {
  require_drawable(torch::zeros({1, candidates}), k);
  int64_t codes = 1;
  for (int64_t m = 0; m < k; ++m) codes *= candidates;
  std::vector<int64_t> picks;
  for (int64_t code = 0; code < codes; ++code) {
    std::vector<int64_t> draw;
    for (int64_t m = 0, rest = code; m < k; ++m, rest /= candidates)
      draw.push_back(rest % candidates);
    const bool repeats = std::set<int64_t>(draw.begin(), draw.end()).size() < draw.size();
    if (with_replacement || !repeats) picks.insert(picks.end(), draw.begin(), draw.end());
  }
  return torch::tensor(picks, torch::kLong).view({-1, k});
}

}  // namespace nmsw
