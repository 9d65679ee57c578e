#include "nmsw/model/nmsw_net.h"

#include <cmath>

#include "nmsw/backbones/mixed_precision.h"
#include "nmsw/losses/entropy.h"
#include "nmsw/model/global_view.h"
#include "nmsw/sampling/background_mask.h"
#include "nmsw/sampling/coverage.h"
#include "nmsw/sampling/patch_extraction.h"
#include "nmsw/sampling/sampler.h"
#include "nmsw/tensor/patch_ops.h"
#include "nmsw/tensor/resize.h"

namespace nmsw {

namespace {

std::vector<Int3> starts_of(const PatchGrid& grid, const Tensor& index) {
  const Tensor cpu = index.to(torch::kCPU).contiguous();
  std::vector<Int3> starts;
  for (int64_t k = 0; k < cpu.numel(); ++k) {
    starts.push_back(grid.starts_dhw.at(static_cast<size_t>(cpu.data_ptr<int64_t>()[k])));
  }
  return starts;
}

}  // namespace

NmswNet::NmswNet(BackbonePtr local, BackbonePtr global, int64_t num_classes,
                 const ModelConfig& config, const PatchGeometry& geometry)
    : num_classes_(num_classes), config_(config), geometry_(geometry) {
  local_ = register_module("local_backbone", std::move(local));
  global_ = register_module("global_backbone", std::move(global));
  score_head_ = register_module(
      "feature_to_logit", std::make_shared<ScoreHead>(global_->feature_channels(),
                                                      config.score_positions, config.score_prior));
  if (config.aggregation == AggregationKind::class_weight) {
    class_weight_ = register_module(
        "get_aggreated_logit",
        std::make_shared<ClassWeight>(num_classes, config.class_weight_start,
                                      config.class_weight_minimum, config.class_weight_maximum));
  } else if (config.aggregation == AggregationKind::conv) {
    conv_aggregation_ =
        register_module("get_aggreated_logit", std::make_shared<ConvAggregation>(num_classes));
  }
}

Tensor NmswNet::class_weight() const { return class_weight_ ? class_weight_->forward() : Tensor(); }

std::shared_ptr<ScoreHead> NmswNet::initial_score_head(uint64_t seed) const {
  // Training is not inference: parameters that inference made could not be used outside of it.
  const c10::InferenceMode not_inference(false);
  torch::manual_seed(seed);
  auto head = std::make_shared<ScoreHead>(global_->feature_channels(), config_.score_positions,
                                          config_.score_prior);
  head->to(score_head_->parameters().front().device());
  head->eval();
  return head;
}

Tensor NmswNet::prior_scores(const Tensor& coarse_logits, const PatchGrid& grid) const {
  if (config_.score_prior == ScorePrior::none) return {};
  // A patch that holds nothing of it is left to the head, 14 below one that holds all.
  constexpr double kSmallestShare = 1e-6;
  const PatchGain gain =
      config_.score_prior == ScorePrior::entropy ? PatchGain::entropy : PatchGain::foreground;
  const torch::NoGradGuard no_grad;
  return patch_shares(coarse_gain(coarse_logits, gain), grid)
      .clamp_min(kSmallestShare)
      .log()
      .unsqueeze(0);
}

GlobalLook NmswNet::look(const Tensor& volume, Precision precision, ScoreHead* head) {
  check_shape(volume, {1, kAnySize, kAnySize, kAnySize, kAnySize}, "volume");
  const Int3 extent = extent_dhw(volume);
  GlobalLook look;
  look.grid = patch_grid(extent, geometry_.patch_dhw, geometry_.overlap);
  if (look.grid.padded_dhw != extent) {
    throw ShapeError("NMSW: a volume axis is smaller than the patch; pad the volume first");
  }
  const GlobalView view = global_view(volume, *global_, geometry_, precision);
  look.coarse_image = view.image;
  look.coarse_logits = view.logits;
  ScoreHead& scoring = head != nullptr ? *head : *score_head_;
  Tensor scores = scoring.forward(view.feature, look.grid, view.filled_dhw);
  const Tensor prior = prior_scores(look.coarse_logits.detach(), look.grid);
  if (prior.defined()) scores = scores + prior.to(scores.options());
  scores = scores.clamp_max(config_.score_limit);
  if (config_.log_probability == LogProbability::log_softmax)
    scores = torch::log_softmax(scores, 1);
  const Tensor background = background_patches(look.coarse_logits, look.grid, config_.mask);
  look.scores = mask_scores(scores, background, config_.background_probability);
  return look;
}

Tensor NmswNet::refine_patch(const Tensor& patch_logits, Int3 start, const Tensor& coarse_logits,
                             Int3 extent) {
  if (!conv_aggregation_) return patch_logits;
  return conv_aggregation_->forward(
      patch_logits, upsample_box(coarse_logits, extent, start, extent_dhw(patch_logits)));
}

Tensor NmswNet::refined(const Tensor& patch_logits, const PatchMerge& merge) {
  if (!conv_aggregation_) return patch_logits;
  std::vector<Tensor> each;
  for (size_t k = 0; k < merge.starts_dhw.size(); ++k) {
    const Tensor one = patch_logits.narrow(0, static_cast<int64_t>(k), 1);
    each.push_back(refine_patch(one, merge.starts_dhw[k], merge.coarse_logits, merge.extent_dhw));
  }
  return torch::cat(each);
}

const Tensor& NmswNet::importance_on(const torch::Device& device) {
  // What is made in inference could not be kept for a gradient.
  const c10::InferenceMode not_inference(false);
  if (!importance_.defined()) importance_ = importance_map(geometry_.patch_dhw);
  if (importance_.device() != device) importance_ = importance_.to(device);
  return importance_;
}

PatchMerge NmswNet::merge_at(const std::vector<Int3>& starts, const Tensor& coarse_logits,
                             Int3 extent) {
  return {starts,
          importance_on(coarse_logits.device()),
          coarse_logits.detach(),
          class_weight(),
          config_.overlap_blend,
          extent};
}

NmswTerms NmswNet::forward_train(const Tensor& volume, const Tensor& label,
                                 const NmswStepOptions& step) {
  const Int3 extent = extent_dhw(volume);
  check_shape(label, {1, 1, extent[0], extent[1], extent[2]}, "label");
  const GlobalLook seen = look(volume, step.precision);
  const Tensor noise = step.noise.defined() ? step.noise.to(seen.scores.device()) : step.noise;
  const TopKDraw draw = draw_patches(config_, seen.scores, noise, step.k, step.tau);
  NmswTerms terms;
  terms.coarse_logits = seen.coarse_logits;
  terms.scores = seen.scores;
  terms.index = draw.index.squeeze(1);
  terms.patches = extract_patches(
      volume, seen.grid, terms.index, draw.soft.squeeze(1), config_.estimator,
      config_.soft_scaling == SoftScaling::never ? PatchScale::one : PatchScale::soft);
  const std::vector<Int3> starts = starts_of(seen.grid, terms.index);
  std::vector<Int3> label_starts = starts;
  Tensor batch = terms.patches;
  if (step.patch_loss == PatchLoss::batch_with_random && !step.random_starts_dhw.empty()) {
    batch = torch::cat({batch, crop_batch(volume, step.random_starts_dhw, geometry_.patch_dhw)});
    label_starts.insert(label_starts.end(), step.random_starts_dhw.begin(),
                        step.random_starts_dhw.end());
  }
  const Tensor local_logits = forward_in(step.precision, *local_, batch).logits;
  const PatchMerge merge = merge_at(starts, seen.coarse_logits, extent);
  const Tensor merged = refined(local_logits.narrow(0, 0, step.k), merge);
  if (step.keep_logits) terms.logits = merged_logits(merged, merge);
  terms.local =
      dice_ce_loss(local_logits, crop_batch(label, label_starts, geometry_.patch_dhw), step.loss);
  terms.global = dice_ce_loss(
      seen.coarse_logits,
      resize_label(label, extent_dhw(seen.coarse_logits), config_.label_alignment), step.loss);
  terms.aggregated = aggregated_loss(merged, merge, label, step.loss);
  terms.entropy = patch_entropy(seen.scores);
  const double sign = config_.entropy_sign == EntropySign::maximise ? -1 : 1;
  terms.total = terms.local + terms.global + terms.aggregated +
                sign * config_.entropy_multiplier * terms.entropy;
  return terms;
}

std::vector<double> NmswNet::test_scales(const Tensor& scores,
                                         const std::vector<int64_t>& order) const {
  std::vector<double> scales(order.size(), 1.0);
  if (config_.soft_scaling != SoftScaling::always) return scales;
  const Tensor cpu = scores.detach().to(torch::kCPU, torch::kDouble).flatten().contiguous();
  double log_sum = -std::numeric_limits<double>::infinity();
  for (size_t rank = order.size(); rank-- > 0;) {
    const double z = cpu.data_ptr<double>()[order[rank]] / config_.tau_end;
    const double larger = std::max(z, log_sum);
    log_sum = larger + std::log(std::exp(z - larger) + std::exp(log_sum - larger));
    scales[rank] = std::exp(z - log_sum);
  }
  return scales;
}

NmswNet::Chosen NmswNet::best_patches(const GlobalLook& seen, const Tensor& volume, int64_t k,
                                      const Tensor& noise) {
  if (k < 1) throw ConfigError("NMSW: k is {}; expected at least 1", k);
  Tensor perturbed = seen.scores;
  if (noise.defined()) perturbed = perturbed + noise.to(perturbed.device());
  Chosen chosen;
  chosen.order = rank_patches(perturbed.squeeze(0));
  const std::vector<double> scales = test_scales(perturbed, chosen.order);
  chosen.order.resize(static_cast<size_t>(std::min(k, seen.grid.count())));
  std::vector<Tensor> logits;
  for (size_t rank = 0; rank < chosen.order.size(); ++rank) {
    chosen.starts_dhw.push_back(seen.grid.starts_dhw[static_cast<size_t>(chosen.order[rank])]);
    const Tensor patch = crop(volume, chosen.starts_dhw.back(), geometry_.patch_dhw);
    logits.push_back(local_->forward(patch * scales[rank]).logits);
  }
  chosen.logits = torch::cat(logits);
  return chosen;
}

NmswPrediction NmswNet::forward_test(const Tensor& volume, int64_t k, const Tensor& noise) {
  torch::NoGradGuard no_grad;
  const GlobalLook seen = look(volume);
  const Chosen chosen = best_patches(seen, volume, k, noise);
  const PatchMerge merge = merge_at(chosen.starts_dhw, seen.coarse_logits, extent_dhw(volume));
  return {merged_logits(refined(chosen.logits, merge), merge), seen.coarse_logits, seen.scores,
          torch::tensor(chosen.order, torch::kLong)};
}

NmswTestLosses NmswNet::test_losses(const Tensor& volume, const Tensor& label, int64_t k,
                                    const DiceCeWeights& weights) {
  torch::NoGradGuard no_grad;
  const GlobalLook seen = look(volume);
  const Chosen chosen = best_patches(seen, volume, k, {});
  const PatchMerge merge = merge_at(chosen.starts_dhw, seen.coarse_logits, extent_dhw(volume));
  const Tensor coarse_label =
      resize_label(label, extent_dhw(seen.coarse_logits), config_.label_alignment);
  return {aggregated_loss(refined(chosen.logits, merge), merge, label, weights),
          dice_ce_loss(seen.coarse_logits, coarse_label, weights)};
}

}  // namespace nmsw
