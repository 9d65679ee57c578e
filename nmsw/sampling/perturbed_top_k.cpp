#include "nmsw/sampling/perturbed_top_k.h"

#include <cmath>
#include <limits>

namespace nmsw {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// [K,B,P] from picks [S,B,K].
class MeanIndicators : public torch::autograd::Function<MeanIndicators> {
 public:
  static Tensor forward(AutogradContext* ctx, const Tensor& scores, const Tensor& picks,
                        const Tensor& noise, double sigma, PerturbationBaseline baseline) {
    ctx->save_for_backward({picks, noise});
    ctx->saved_data["sigma"] = sigma;
    ctx->saved_data["centred"] = baseline == PerturbationBaseline::leave_one_out;
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
    Tensor worth = gradients[0].gather(2, picks.permute({2, 1, 0})).sum(0).t();
    auto samples = static_cast<double>(picks.size(0));
    if (ctx->saved_data["centred"].toBool()) {
      worth = worth - worth.mean(0);
      samples -= 1;
    }
    const Tensor to_scores = (worth.unsqueeze(2) * noise).sum(0) / (samples * sigma);
    return {to_scores, Tensor(), Tensor(), Tensor(), Tensor()};
  }
};

}  // namespace

TopKDraw perturbed_top_k(const Tensor& scores, const Tensor& noise, int64_t k, double sigma,
                         PerturbationBaseline baseline) {
  require_drawable(scores, k);
  check_shape(noise, {kAnySize, scores.size(0), scores.size(1)}, "perturbations");
  if (baseline == PerturbationBaseline::leave_one_out && noise.size(0) < 2)
    throw ConfigError("top-k: baseline leave_one_out needs two samples or more");
  if (!(sigma > 0)) throw ConfigError("top-k: sigma is {}; expected a value above 0", sigma);
  const Tensor perturbed = scores.detach().unsqueeze(0) + sigma * noise;
  const Tensor picks = std::get<0>(std::get<1>(perturbed.topk(k, 2)).sort(2));  // [S,B,K]
  TopKDraw draw;
  draw.soft = MeanIndicators::apply(scores, picks, noise, sigma, baseline);
  draw.index = picks[0].t().contiguous();
  draw.hard = one_hot(draw.index, scores.detach());
  return draw;
}

Tensor min_max_scores(const Tensor& scores, const Tensor& background) {
  check_shape(scores, {kAnySize, kAnySize}, "patch scores");
  constexpr double kLeastRange = 1e-5;
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const bool has_mask =
      background.defined() && background.any().item<bool>() && !background.all().item<bool>();
  const Tensor masked = has_mask ? background.to(scores.device()).unsqueeze(0) : Tensor();
  const Tensor low = has_mask ? scores.masked_fill(masked, kInfinity) : scores;
  const Tensor high = has_mask ? scores.masked_fill(masked, -kInfinity) : scores;
  const Tensor least = low.amin({1}, true), most = high.amax({1}, true);
  const Tensor scaled = (scores - least) / (most - least + kLeastRange);
  if (!has_mask) return scaled;
  return scaled.masked_fill(masked, std::log(std::numeric_limits<float>::min()));
}

double perturbation_sigma(const ModelConfig& config, double progress) {
  const double start = config.perturbation_sigma;
  return start + (config.perturbation_sigma_end.value_or(start) - start) * progress;
}

TopKDraw draw_perturbed(const ModelConfig& config, const DrawRequest& request) {
  const Tensor scores = config.perturbation_normalise == PerturbationNormalise::min_max
                            ? min_max_scores(request.scores, request.background)
                            : request.scores;
  return perturbed_top_k(scores, request.noise, request.k,
                         perturbation_sigma(config, request.progress),
                         config.perturbation_baseline);
}

}  // namespace nmsw
