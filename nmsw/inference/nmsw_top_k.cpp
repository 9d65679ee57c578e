#include "nmsw/inference/nmsw_top_k.h"

#include "nmsw/base/seed.h"
#include "nmsw/inference/case_seed.h"
#include "nmsw/inference/oracle_order.h"
#include "nmsw/inference/random_order.h"
#include "nmsw/sampling/coverage.h"
#include "nmsw/sampling/gumbel.h"
#include "nmsw/sampling/gumbel_top_k.h"
#include "nmsw/tensor/patch_ops.h"

namespace nmsw {

namespace {

/// The first draw is that of the seed itself, as it was before there were draws.
uint64_t draw_seed(uint64_t seed, int64_t draw) {
  return draw == 0 ? seed : derive_seed(seed, {"draw", std::to_string(draw)});
}

template <class Order>
void set_order(Order found, RankedPatches& ranked) {
  ranked.scores.resize(found.order.size());
  for (size_t rank = 0; rank < found.order.size(); ++rank)
    ranked.scores[static_cast<size_t>(found.order[rank])] = found.gains[rank];
  ranked.order = std::move(found.order);
}

}  // namespace

NmswTopK::NmswTopK(std::shared_ptr<NmswNet> net, const NmswTopKSettings& settings)
    : RankedMethod(settings.k, settings.plan), net_(std::move(net)), settings_(settings) {
  settings_.seed = draw_seed(settings.seed, settings.ranking.draw);
  if (settings_.ranking.order == PatchOrder::initial_scores)
    initial_head_ = net_->initial_score_head(derive_seed(settings_.seed, {"initial scores"}));
}

/// [P], of which the largest come first.
Tensor NmswTopK::ranking_scores(const GlobalLook& seen, const Tensor& volume,
                                const RankedPatches& ranked) const {
  switch (settings_.ranking.order) {
    case PatchOrder::random_foreground:
      return random_foreground_scores(seen.coarse_logits, seen.grid, net_->config().mask,
                                      settings_.seed, volume);
    case PatchOrder::foreground:
      return patch_shares(coarse_gain(seen.coarse_logits, PatchGain::foreground), ranked.grid);
    case PatchOrder::entropy:
      return patch_shares(coarse_gain(seen.coarse_logits, PatchGain::entropy), ranked.grid);
    default:
      break;
  }
  Tensor scores = seen.scores.to(torch::kCPU, torch::kFloat);
  if (settings_.noise_seed) {
    const uint64_t seed = case_seed(*settings_.noise_seed, volume);
    scores = scores + gumbel_noise(scores.sizes(), seeded_generator(seed));
  }
  return scores.squeeze(0);
}

void NmswTopK::choose_by_label(RankedPatches& ranked) {
  if (!label_.defined())
    throw ConfigError(
        "order oracle needs the label of the scan; it is for evaluations, take another order");
  const Tensor label =
      pad_centred(label_.unsqueeze(0).unsqueeze(0), ranked.grid.padded_dhw).volume[0][0];
  set_order(
      oracle_order(ranked, local(), label.contiguous(), settings_.ranks, settings_.plan.precision),
      ranked);
}

/// Order, scores and scales of the patches. In an order that is not that of the scores a patch's
/// learned probability would darken it, not choose it: the scales are 1.
void NmswTopK::choose(const GlobalLook& seen, const Tensor& volume, RankedPatches& ranked) {
  ranked.scales.assign(static_cast<size_t>(ranked.grid.count()), 1.0);
  if (settings_.ranking.order == PatchOrder::oracle) return choose_by_label(ranked);
  if (settings_.ranking.order == PatchOrder::coverage) {
    Tensor gain = coarse_gain(seen.coarse_logits, settings_.ranking.gain), learned;
    if (settings_.ranking.gain == PatchGain::scores) {
      const Tensor scores = ranking_scores(seen, volume, ranked);
      const bool is_share = net_->config().sampler == Sampler::error_map;
      learned = is_share ? scores.sigmoid() : scores.softmax(0);
      // The wrong voxels that a patch is expected to hold.
      if (is_share) gain = torch::ones_like(gain);
    }
    CoverageOrder cover = coverage_order(gain, ranked.grid, settings_.ranking.discount, learned);
    ranked.auto_k = enough_patches(cover, settings_.ranking.auto_left);
    return set_order(std::move(cover), ranked);
  }
  const Tensor ranking = ranking_scores(seen, volume, ranked).to(torch::kFloat).contiguous();
  ranked.order = rank_patches(ranking);
  ranked.scores.assign(ranking.data_ptr<float>(), ranking.data_ptr<float>() + ranking.numel());
  if (settings_.ranking.order != PatchOrder::scores) return;
  ranked.scales = net_->test_scales(ranking.unsqueeze(0), ranked.order);
  if (settings_.ranking.mass_left)
    ranked.auto_k = enough_mass(ranking, ranked.order, *settings_.ranking.mass_left);
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
  const GlobalLook seen = net_->look(padded.volume, settings_.plan.precision, initial_head_.get());
  ranked.stages.global = clock.lap();
  ranked.num_classes = net_->num_classes();
  ranked.grid = seen.grid;
  ranked.importance = importance_map(ranked.grid.patch_dhw).to(padded.volume.options());
  ranked.coarse = {seen.coarse_logits, net_->class_weight(), net_->config().overlap_blend};
  ranked.refine = [this, coarse_logits = seen.coarse_logits, extent = extent_dhw(padded.volume)](
                      const Tensor& patch_logits, Int3 start) {
    return net_->refine_patch(patch_logits, start, coarse_logits, extent);
  };
  choose(seen, volume, ranked);
  ranked.stages.choose = clock.lap();
  return ranked;
}

}  // namespace nmsw
