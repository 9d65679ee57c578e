#include "nmsw/inference/nmsw_top_k.h"

#include "nmsw/inference/case_seed.h"
#include "nmsw/inference/ranked_pass.h"
#include "nmsw/inference/stage_clock.h"
#include "nmsw/sampling/gumbel.h"
#include "nmsw/sampling/gumbel_top_k.h"
#include "nmsw/tensor/patch_ops.h"

namespace nmsw {

NmswTopK::NmswTopK(std::shared_ptr<NmswNet> net, const NmswTopKSettings& settings)
    : net_(std::move(net)), settings_(settings) {}

Segmentation NmswTopK::segment(const Tensor& volume) {
  return segment_at(volume, {settings_.k}).front();
}

std::vector<Segmentation> NmswTopK::segment_at(const Tensor& volume,
                                               const std::vector<int64_t>& k_list) {
  check_shape(volume, {1, kAnySize, kAnySize, kAnySize, kAnySize}, "volume");
  c10::InferenceMode inference;
  net_->eval();
  StageClock clock(volume.device());
  RankedPatches ranked;
  ranked.extent_dhw = extent_dhw(volume);
  const PaddedVolume padded = pad_centred(
      volume,
      round_up(at_least(ranked.extent_dhw, net_->geometry().patch_dhw), net_->volume_multiple()));
  ranked.volume = padded.volume;
  ranked.offset_dhw = padded.offset_dhw;
  const GlobalLook seen = net_->look(padded.volume);
  ranked.stages.global = clock.lap();
  Tensor scores = seen.scores.to(torch::kCPU, torch::kFloat);
  if (settings_.noise_seed) {
    const uint64_t seed = case_seed(*settings_.noise_seed, volume);
    scores = scores + gumbel_noise(scores.sizes(), seeded_generator(seed));
  }
  ranked.grid = seen.grid;
  ranked.order = rank_patches(scores.squeeze(0));
  ranked.scales = net_->test_scales(scores, ranked.order);
  const Tensor flat = scores.flatten().contiguous();
  ranked.scores.assign(flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel());
  ranked.coarse = {seen.coarse_logits, net_->geometry().rate_dhw, net_->class_weight(),
                   net_->config().overlap_blend};
  ranked.refine = [this, &seen](const Tensor& patch_logits, Int3 start) {
    return net_->refine_patch(patch_logits, start, seen.coarse_logits);
  };
  ranked.stages.choose = clock.lap();
  return pass_ranked(ranked, net_->local(), net_->num_classes(), settings_.batch, k_list);
}

}  // namespace nmsw
