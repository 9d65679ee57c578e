#include "nmsw/inference/random_order.h"

#include "nmsw/inference/case_seed.h"
#include "nmsw/sampling/background_mask.h"
#include "nmsw/sampling/gumbel.h"

namespace nmsw {

Tensor random_foreground_scores(const Tensor& coarse_logits, const PatchGrid& grid, MaskRule mask,
                                uint64_t seed, const Tensor& volume) {
  const Tensor background = background_patches(coarse_logits, grid, mask);
  const Tensor noise = gumbel_noise({1, grid.count()}, seeded_generator(case_seed(seed, volume)));
  return mask_scores(noise, background.to(torch::kCPU), BackgroundProbability::zero).squeeze(0);
}

}  // namespace nmsw
