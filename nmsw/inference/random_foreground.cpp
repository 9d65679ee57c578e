#include "nmsw/inference/random_foreground.h"

#include "nmsw/inference/coarse_pass.h"
#include "nmsw/inference/random_order.h"
#include "nmsw/sampling/gumbel_top_k.h"
#include "nmsw/tensor/patch_ops.h"

namespace nmsw {

namespace {

/// The authors' raw class weight for this baseline.
constexpr double kRawClassWeight = 10;

}  // namespace

RandomForeground::RandomForeground(BackbonePtr local, BackbonePtr global,
                                   const RandomForegroundSettings& settings)
    : RankedMethod(settings.k, settings.plan),
      local_(std::move(local)),
      global_(std::move(global)),
      settings_(settings) {}

RankedPatches RandomForeground::rank(const Tensor& volume) {
  local_->eval();
  global_->eval();
  StageClock clock(volume.device());
  const CoarsePass pass =
      coarse_pass(volume, *global_, settings_.geometry, settings_.plan.precision);
  RankedPatches ranked;
  ranked.volume = pass.volume;
  ranked.offset_dhw = pass.offset_dhw;
  ranked.extent_dhw = pass.extent_dhw;
  ranked.num_classes = settings_.num_classes;
  ranked.stages.global = clock.lap();
  ranked.importance = importance_map(settings_.geometry.patch_dhw).to(pass.volume.options());
  ranked.grid =
      patch_grid(extent_dhw(pass.volume), settings_.geometry.patch_dhw, settings_.geometry.overlap);
  const Tensor scores =
      random_foreground_scores(pass.logits, ranked.grid, settings_.mask, settings_.seed, volume);
  ranked.order = rank_patches(scores);
  ranked.scores.assign(scores.data_ptr<float>(), scores.data_ptr<float>() + scores.numel());
  ranked.scales.assign(ranked.order.size(), 1.0);
  ranked.coarse = {
      pass.logits,
      torch::full({1, settings_.num_classes, 1, 1, 1}, kRawClassWeight, pass.logits.options())
          .sigmoid(),
      OverlapBlend::normalised};
  ranked.stages.choose = clock.lap();
  return ranked;
}

}  // namespace nmsw
