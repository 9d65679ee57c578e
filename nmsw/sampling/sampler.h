#pragma once

#include "nmsw/sampling/gumbel_top_k.h"

namespace nmsw {

/// The noise for one training step's draw of k among `candidates` patches, float32 on the CPU:
/// Gumbel [1,P] for gumbel_top_k and [k,1,P] for with_replacement, standard normal
/// [perturbation_samples,1,P] for perturbed_top_k.
Tensor draw_noise(const ModelConfig& config, int64_t k, int64_t candidates,
                  const torch::Generator& generator);

/// k patches by the configured sampler. scores [1,P]; noise as from `draw_noise`; gumbel_top_k also
/// goes without any.
TopKDraw draw_patches(const ModelConfig& config, const Tensor& scores, const Tensor& noise,
                      int64_t k, double tau);

}  // namespace nmsw
