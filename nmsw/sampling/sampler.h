#pragma once

#include "nmsw/sampling/patch_draw.h"

namespace nmsw {

/// The noise for one training step's draw of k among `candidates` patches, float32 on the CPU:
///   gumbel_top_k, soft_top_k, error_map
///                             Gumbel [1,P]
///   with_replacement          Gumbel [k,1,P]
///   perturbed_top_k           standard normal [perturbation_samples,1,P]
///   attention                 Gumbel [1,1,P], with replacement [k,1,P]
///   score_function            Gumbel [S,1,1,P], with replacement [S,k,1,P], for S draws
Tensor draw_noise(const ModelConfig& config, int64_t k, int64_t candidates,
                  const torch::Generator& generator);

/// k patches by the configured sampler. The scores are [1,P], the noise as from `draw_noise`;
/// gumbel_top_k also goes without any.
TopKDraw draw_patches(const ModelConfig& config, const DrawRequest& request);

}  // namespace nmsw
