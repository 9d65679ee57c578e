#include "nmsw/sampling/sampler.h"

#include "nmsw/sampling/draws_with_replacement.h"
#include "nmsw/sampling/gumbel.h"
#include "nmsw/sampling/perturbed_top_k.h"

namespace nmsw {

Tensor draw_noise(const ModelConfig& config, int64_t k, int64_t candidates,
                  const torch::Generator& generator) {
  switch (config.sampler) {
    case Sampler::perturbed_top_k:
      return torch::randn({config.perturbation_samples, 1, candidates}, generator, torch::kFloat);
    case Sampler::with_replacement:
      return gumbel_noise({k, 1, candidates}, generator);
    case Sampler::gumbel_top_k:
      break;
  }
  return gumbel_noise({1, candidates}, generator);
}

TopKDraw draw_patches(const ModelConfig& config, const Tensor& scores, const Tensor& noise,
                      int64_t k, double tau) {
  switch (config.sampler) {
    case Sampler::perturbed_top_k:
      return perturbed_top_k(scores, noise, k, config.perturbation_sigma);
    case Sampler::with_replacement:
      check_shape(noise, {k, scores.size(0), scores.size(1)}, "Gumbel noise of the draws");
      return draws_with_replacement(scores, noise, tau);
    case Sampler::gumbel_top_k:
      break;
  }
  return gumbel_top_k(scores, noise, k, tau, config.drawn_removal);
}

}  // namespace nmsw
