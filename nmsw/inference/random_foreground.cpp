#include "nmsw/inference/random_foreground.h"

#include "nmsw/inference/case_seed.h"
#include "nmsw/inference/coarse_pass.h"
#include "nmsw/inference/ranked_pass.h"
#include "nmsw/inference/stage_clock.h"
#include "nmsw/sampling/background_mask.h"
#include "nmsw/sampling/gumbel.h"
#include "nmsw/sampling/gumbel_top_k.h"

namespace nmsw {

namespace {

/// The authors' raw class weight for this baseline.
constexpr double kRawClassWeight = 10;

}  // namespace

RandomForeground::RandomForeground(BackbonePtr local, BackbonePtr global,
                                   const RandomForegroundSettings& settings)
    : local_(std::move(local)), global_(std::move(global)), settings_(settings) {}

Segmentation RandomForeground::segment(const Tensor& volume) {
  return segment_at(volume, {settings_.k}).front();
}

std::vector<Segmentation> RandomForeground::segment_at(const Tensor& volume,
                                                       const std::vector<int64_t>& k_list) {
  c10::InferenceMode inference;
  local_->eval();
  global_->eval();
  StageClock clock(volume.device());
  const CoarsePass pass = coarse_pass(volume, *global_, settings_.geometry);
  RankedPatches ranked;
  ranked.volume = pass.volume;
  ranked.offset_dhw = pass.offset_dhw;
  ranked.extent_dhw = pass.extent_dhw;
  ranked.stages.global = clock.lap();
  ranked.grid = patch_grid(extent_dhw(pass.volume), settings_.geometry.patch_dhw,
                           settings_.geometry.overlap);
  const Tensor background =
      background_patches(pass.logits, ranked.grid, settings_.geometry.rate_dhw, settings_.mask);
  const Tensor noise = gumbel_noise({1, ranked.grid.count()}, seeded_generator(case_seed(settings_.seed, volume)));
  const Tensor scores =
      mask_scores(noise, background.to(torch::kCPU), BackgroundProbability::zero).squeeze(0);
  ranked.order = rank_patches(scores);
  ranked.scores.assign(scores.data_ptr<float>(), scores.data_ptr<float>() + scores.numel());
  ranked.scales.assign(ranked.order.size(), 1.0);
  ranked.coarse = {pass.logits, settings_.geometry.rate_dhw,
                   torch::full({1, settings_.num_classes, 1, 1, 1}, kRawClassWeight,
                               pass.logits.options())
                       .sigmoid(),
                   OverlapBlend::normalised};
  ranked.stages.choose = clock.lap();
  return pass_ranked(ranked, *local_, settings_.num_classes, settings_.batch, k_list);
}

}  // namespace nmsw
