#include "nmsw/sampling/perturbed_top_k.h"

namespace nmsw {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// [K,B,P] from picks [S,B,K].
class MeanIndicators : public torch::autograd::Function<MeanIndicators> {
 public:
  static Tensor forward(AutogradContext* ctx, const Tensor& scores, const Tensor& picks,
                        const Tensor& noise, double sigma) {
    ctx->save_for_backward({picks, noise});
    ctx->saved_data["sigma"] = sigma;
    const Tensor places = picks.permute({2, 1, 0});  // [K,B,S]
    Tensor shares =
        torch::zeros({places.size(0), scores.size(0), scores.size(1)}, scores.options());
    shares.scatter_add_(2, places, torch::ones(places.sizes(), scores.options()));
    return shares / static_cast<double>(picks.size(0));
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& gradients) {
    const variable_list saved = ctx->get_saved_variables();
    const Tensor &picks = saved[0], &noise = saved[1];
    const double sigma = ctx->saved_data["sigma"].toDouble();
    // What each sample's picks are worth, [S,B]: the gradient at every place it fills.
    const Tensor worth = gradients[0].gather(2, picks.permute({2, 1, 0})).sum(0).t();
    const Tensor to_scores = (worth.unsqueeze(2) * noise).mean(0) / sigma;
    return {to_scores, Tensor(), Tensor(), Tensor()};
  }
};

}  // namespace

TopKDraw perturbed_top_k(const Tensor& scores, const Tensor& noise, int64_t k, double sigma) {
  check_shape(scores, {kAnySize, kAnySize}, "patch scores");
  check_shape(noise, {kAnySize, scores.size(0), scores.size(1)}, "perturbations");
  if (k < 1 || k > scores.size(1)) {
    throw ConfigError("top-k: k is {}; expected 1 to {} (the candidate patches)", k,
                      scores.size(1));
  }
  if (!(sigma > 0)) throw ConfigError("top-k: sigma is {}; expected a value above 0", sigma);
  const Tensor perturbed = scores.detach().unsqueeze(0) + sigma * noise;
  const Tensor picks = std::get<0>(std::get<1>(perturbed.topk(k, 2)).sort(2));  // [S,B,K]
  TopKDraw draw;
  draw.soft = MeanIndicators::apply(scores, picks, noise, sigma);
  draw.index = picks[0].t().contiguous();
  draw.hard = torch::zeros_like(draw.soft.detach()).scatter_(2, draw.index.unsqueeze(2), 1.0);
  return draw;
}

}  // namespace nmsw
