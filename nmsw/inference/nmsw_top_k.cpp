#include "nmsw/inference/nmsw_top_k.h"

#include "nmsw/inference/case_seed.h"
#include "nmsw/inference/random_order.h"
#include "nmsw/sampling/gumbel.h"
#include "nmsw/sampling/gumbel_top_k.h"
#include "nmsw/tensor/patch_ops.h"

namespace nmsw {

NmswTopK::NmswTopK(std::shared_ptr<NmswNet> net, const NmswTopKSettings& settings)
    : RankedMethod(settings.k, settings.plan), net_(std::move(net)), settings_(settings) {}

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
  Tensor scores = seen.scores.to(torch::kCPU, torch::kFloat);
  if (settings_.noise_seed) {
    const uint64_t seed = case_seed(*settings_.noise_seed, volume);
    scores = scores + gumbel_noise(scores.sizes(), seeded_generator(seed));
  }
  ranked.num_classes = net_->num_classes();
  ranked.grid = seen.grid;
  ranked.importance = importance_map(ranked.grid.patch_dhw).to(padded.volume.options());
  const Tensor ranking =
      settings_.random_order_seed
          ? random_foreground_scores(seen.coarse_logits, seen.grid, net_->config().mask,
                                     *settings_.random_order_seed, volume)
          : scores.squeeze(0);
  ranked.order = rank_patches(ranking);
  // In a random order a patch's learned probability would darken it, not choose it.
  if (settings_.random_order_seed) {
    ranked.scales.assign(ranked.order.size(), 1.0);
  } else {
    ranked.scales = net_->test_scales(scores, ranked.order);
  }
  const Tensor flat = ranking.contiguous();
  ranked.scores.assign(flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel());
  ranked.coarse = {seen.coarse_logits, net_->class_weight(), net_->config().overlap_blend};
  ranked.refine = [this, coarse_logits = seen.coarse_logits, extent = extent_dhw(padded.volume)](
                      const Tensor& patch_logits, Int3 start) {
    return net_->refine_patch(patch_logits, start, coarse_logits, extent);
  };
  ranked.stages.choose = clock.lap();
  return ranked;
}

}  // namespace nmsw
