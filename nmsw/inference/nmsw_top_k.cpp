#include "nmsw/inference/nmsw_top_k.h"

#include "nmsw/inference/case_seed.h"
#include "nmsw/inference/random_order.h"
#include "nmsw/sampling/coverage.h"
#include "nmsw/sampling/gumbel.h"
#include "nmsw/sampling/gumbel_top_k.h"
#include "nmsw/tensor/patch_ops.h"

namespace nmsw {

NmswTopK::NmswTopK(std::shared_ptr<NmswNet> net, const NmswTopKSettings& settings)
    : RankedMethod(settings.k, settings.plan), net_(std::move(net)), settings_(settings) {}

/// Order, scores and scales of the patches. In an order that is not the learned one a patch's learned
/// probability would darken it, not choose it: the scales are 1.
void NmswTopK::choose(const GlobalLook& seen, const Tensor& volume, RankedPatches& ranked) {
  Tensor scores = seen.scores.to(torch::kCPU, torch::kFloat);
  if (settings_.noise_seed) {
    const uint64_t seed = case_seed(*settings_.noise_seed, volume);
    scores = scores + gumbel_noise(scores.sizes(), seeded_generator(seed));
  }
  ranked.scales.assign(static_cast<size_t>(ranked.grid.count()), 1.0);
  if (settings_.ranking.order == PatchOrder::coverage) {
    const Tensor learned =
        settings_.ranking.gain == PatchGain::scores ? scores.squeeze(0).softmax(0) : Tensor();
    CoverageOrder cover = coverage_order(coarse_gain(seen.coarse_logits, settings_.ranking.gain),
                                         ranked.grid, settings_.ranking.discount, learned);
    ranked.scores.resize(cover.order.size());
    for (size_t rank = 0; rank < cover.order.size(); ++rank)
      ranked.scores[static_cast<size_t>(cover.order[rank])] = cover.gains[rank];
    ranked.order = std::move(cover.order);
    return;
  }
  const bool at_random = settings_.ranking.order == PatchOrder::random_foreground;
  const Tensor ranking =
      (at_random ? random_foreground_scores(seen.coarse_logits, seen.grid, net_->config().mask,
                                            settings_.seed, volume)
                 : scores.squeeze(0))
          .contiguous();
  ranked.order = rank_patches(ranking);
  ranked.scores.assign(ranking.data_ptr<float>(), ranking.data_ptr<float>() + ranking.numel());
  if (!at_random) ranked.scales = net_->test_scales(scores, ranked.order);
}

RankedPatches NmswTopK::rank(const Tensor& volume) {
  check_shape(volume, {1, kAnySize, kAnySize, kAnySize, kAnySize}, "volume");
  net_->eval();
  StageClock clock(volume.device());
  RankedPatches ranked;
  ranked.extent_dhw = extent_dhw(volume);
  const PaddedVolume padded =
      pad_centred(volume, at_least(ranked.extent_dhw, net_->geometry().patch_dhw));
  ranked.volume = padded.volume;
  ranked.offset_dhw = padded.offset_dhw;
  const GlobalLook seen = net_->look(padded.volume, settings_.plan.precision);
  ranked.stages.global = clock.lap();
  ranked.num_classes = net_->num_classes();
  ranked.grid = seen.grid;
  ranked.importance = importance_map(ranked.grid.patch_dhw).to(padded.volume.options());
  choose(seen, volume, ranked);
  ranked.coarse = {seen.coarse_logits, net_->class_weight(), net_->config().overlap_blend};
  ranked.refine = [this, coarse_logits = seen.coarse_logits, extent = extent_dhw(padded.volume)](
                      const Tensor& patch_logits, Int3 start) {
    return net_->refine_patch(patch_logits, start, coarse_logits, extent);
  };
  ranked.stages.choose = clock.lap();
  return ranked;
}

}  // namespace nmsw
