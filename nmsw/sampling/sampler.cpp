#include "nmsw/sampling/sampler.h"

#include <algorithm>

#include "nmsw/sampling/attention_sampling.h"
#include "nmsw/sampling/draws_with_replacement.h"
#include "nmsw/sampling/error_map.h"
#include "nmsw/sampling/gumbel.h"
#include "nmsw/sampling/gumbel_top_k.h"
#include "nmsw/sampling/perturbed_top_k.h"
#include "nmsw/sampling/score_function.h"
#include "nmsw/sampling/soft_top_k.h"

namespace nmsw {

namespace {

enum class NoiseKind { gumbel, normal };

using Shape = std::vector<int64_t>;

struct SamplerEntry {
  Sampler sampler;
  NoiseKind noise;
  Shape (*noise_shape)(const ModelConfig& config, int64_t k, int64_t candidates);
  TopKDraw (*draw)(const ModelConfig& config, const DrawRequest& request);
};

Shape one_row(const ModelConfig& /*config*/, int64_t /*k*/, int64_t candidates) {
  return {1, candidates};
}

Shape row_a_draw(const ModelConfig& /*config*/, int64_t k, int64_t candidates) {
  return {k, 1, candidates};
}

Shape row_a_sample(const ModelConfig& config, int64_t /*k*/, int64_t candidates) {
  return {config.perturbation_samples, 1, candidates};
}

Shape row_or_rows(const ModelConfig& config, int64_t k, int64_t candidates) {
  return {config.draw_with_replacement ? k : 1, 1, candidates};
}

Shape rows_of_draws(const ModelConfig& config, int64_t k, int64_t candidates) {
  const bool several = config.score_function_baseline == ScoreFunctionBaseline::leave_one_out;
  return {several ? config.score_function_draws : 1, config.draw_with_replacement ? k : 1, 1,
          candidates};
}

TopKDraw draw_gumbel(const ModelConfig& config, const DrawRequest& request) {
  return gumbel_top_k(request.scores, request.noise, request.k, request.tau, config.drawn_removal);
}

TopKDraw draw_repeatedly(const ModelConfig& /*config*/, const DrawRequest& request) {
  check_shape(request.noise, {request.k, request.scores.size(0), request.scores.size(1)},
              "Gumbel noise of the draws");
  return draws_with_replacement(request.scores, request.noise, request.tau);
}

/// THE list of samplers; their names stand in `EnumNames<Sampler>`.
const std::vector<SamplerEntry>& sampler_list() {
  static const std::vector<SamplerEntry> entries{
      {Sampler::gumbel_top_k, NoiseKind::gumbel, &one_row, &draw_gumbel},
      {Sampler::perturbed_top_k, NoiseKind::normal, &row_a_sample, &draw_perturbed},
      {Sampler::with_replacement, NoiseKind::gumbel, &row_a_draw, &draw_repeatedly},
      {Sampler::soft_top_k, NoiseKind::gumbel, &one_row, &draw_soft_top_k},
      {Sampler::attention, NoiseKind::gumbel, &row_or_rows, &draw_attention},
      {Sampler::score_function, NoiseKind::gumbel, &rows_of_draws, &draw_score_function},
      {Sampler::error_map, NoiseKind::gumbel, &one_row, &draw_error_map}};
  return entries;
}

const SamplerEntry& entry_of(Sampler sampler) {
  const auto& entries = sampler_list();
  const auto found = std::find_if(entries.begin(), entries.end(), [&](const SamplerEntry& entry) {
    return entry.sampler == sampler;
  });
  if (found == entries.end())
    throw Error(ErrorKind::bug, std::string("sampler ") + enum_name(sampler) + " is not listed");
  return *found;
}

}  // namespace

Tensor draw_noise(const ModelConfig& config, int64_t k, int64_t candidates,
                  const torch::Generator& generator) {
  const SamplerEntry& entry = entry_of(config.sampler);
  const Shape shape = entry.noise_shape(config, k, candidates);
  return entry.noise == NoiseKind::normal ? torch::randn(shape, generator, torch::kFloat)
                                          : gumbel_noise(shape, generator);
}

TopKDraw draw_patches(const ModelConfig& config, const DrawRequest& request) {
  return entry_of(config.sampler).draw(config, request);
}

}  // namespace nmsw
