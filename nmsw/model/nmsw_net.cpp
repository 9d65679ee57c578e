#include "nmsw/model/nmsw_net.h"

#include <cmath>

#include "nmsw/backbones/mixed_precision.h"
#include "nmsw/losses/entropy.h"
#include "nmsw/model/global_view.h"
#include "nmsw/sampling/background_mask.h"
#include "nmsw/sampling/coverage.h"
#include "nmsw/sampling/error_map.h"
#include "nmsw/sampling/gumbel_top_k.h"
#include "nmsw/sampling/patch_extraction.h"
#include "nmsw/sampling/sampler.h"
#include "nmsw/sampling/score_function.h"
#include "nmsw/tensor/patch_ops.h"
#include "nmsw/tensor/resize.h"

namespace nmsw {

namespace {

/// Whether the losses of earlier steps decide what a step's is compared with.
bool has_running_baseline(const ModelConfig& config) {
  return config.sampler == Sampler::score_function &&
         (config.score_function_baseline == ScoreFunctionBaseline::ema ||
          config.score_function_baseline == ScoreFunctionBaseline::coarse);
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
  if (has_running_baseline(config)) baseline_ = register_buffer("baseline", fresh_baseline());
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
  if (config_.sampler == Sampler::error_map) {
    // The coarse prediction errs in patches without foreground too.
    look.background = torch::zeros({look.grid.count()}, torch::kBool);
    look.scores = scores;
    return look;
  }
  if (config_.log_probability == LogProbability::log_softmax)
    scores = torch::log_softmax(scores, 1);
  look.background = background_patches(look.coarse_logits, look.grid, config_.mask);
  look.scores = mask_scores(scores, look.background, config_.background_probability);
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

DrawnPatches NmswNet::drawn_patches(const Tensor& volume, const GlobalLook& seen,
                                    const TopKDraw& draw) {
  const Tensor index = draw.index.squeeze(1);
  if (!trains_through_image(config_.sampler)) return distinct_patches(volume, seen.grid, index);
  DrawnPatches drawn;
  drawn.starts_dhw = starts_of(seen.grid, index);
  drawn.images = extract_patches(
      volume, seen.grid, index, draw.soft.squeeze(1), config_.estimator,
      config_.soft_scaling == SoftScaling::never ? PatchScale::one : PatchScale::soft);
  return drawn;
}

NmswTerms NmswNet::forward_train(const Tensor& volume, const Tensor& label,
                                 const NmswStepOptions& step) {
  const Int3 extent = extent_dhw(volume);
  check_shape(label, {1, 1, extent[0], extent[1], extent[2]}, "label");
  const GlobalLook seen = look(volume, step.precision);
  const Tensor noise = step.noise.defined() ? step.noise.to(seen.scores.device()) : step.noise;
  const TopKDraw draw =
      draw_patches(config_, {seen.scores, seen.background, noise, step.k, step.tau, step.progress});
  const DrawnPatches drawn = drawn_patches(volume, seen, draw);
  NmswTerms terms;
  terms.coarse_logits = seen.coarse_logits;
  terms.scores = seen.scores;
  terms.index = draw.index.squeeze(1);
  terms.patches = drawn.images;
  std::vector<Int3> label_starts = drawn.starts_dhw;
  Tensor batch = terms.patches;
  if (step.patch_loss == PatchLoss::batch_with_random && !step.random_starts_dhw.empty()) {
    batch = torch::cat({batch, crop_batch(volume, step.random_starts_dhw, geometry_.patch_dhw)});
    label_starts.insert(label_starts.end(), step.random_starts_dhw.begin(),
                        step.random_starts_dhw.end());
  }
  const Tensor local_logits =
      for_each_pick(drawn, forward_in(step.precision, *local_, batch).logits);
  const PatchMerge merge = merge_at(drawn.starts_dhw, seen.coarse_logits, extent);
  Tensor merged = refined(local_logits.narrow(0, 0, step.k), merge);
  if (step.keep_logits) terms.logits = merged_logits(merged, merge);
  if (draw.ratio.defined())
    merged = merged * draw.ratio.to(merged.scalar_type()).view({-1, 1, 1, 1, 1});
  terms.local =
      dice_ce_loss(local_logits, crop_batch(label, label_starts, geometry_.patch_dhw), step.loss);
  const Tensor coarse_label =
      resize_label(label, extent_dhw(seen.coarse_logits), config_.label_alignment);
  terms.global = dice_ce_loss(seen.coarse_logits, coarse_label, step.loss);
  terms.aggregated = aggregated_loss(merged, merge, label, step.loss);
  terms.total =
      terms.local + terms.global + terms.aggregated + score_term(seen, coarse_label, terms);
  if (draw.log_prob.defined()) {
    terms.total = terms.total +
                  score_function_credit(draw, terms.aggregated.detach(), seen, volume, label, step);
  }
  return terms;
}

Tensor NmswNet::score_term(const GlobalLook& seen, const Tensor& coarse_label,
                           NmswTerms& terms) const {
  terms.entropy = patch_entropy(seen.scores);
  if (config_.sampler == Sampler::error_map) {
    terms.error_map =
        error_map_loss(seen.scores, wrong_shares(seen.coarse_logits, coarse_label, seen.grid));
    return config_.error_map_weight * terms.error_map;
  }
  const double sign = config_.entropy_sign == EntropySign::maximise ? -1 : 1;
  return sign * config_.entropy_multiplier * terms.entropy;
}

Tensor NmswNet::loss_at(const std::vector<Int3>& starts, const GlobalLook& seen,
                        const Tensor& volume, const Tensor& label, const DiceCeWeights& weights) {
  const torch::NoGradGuard no_grad;
  const PatchMerge merge = merge_at(starts, seen.coarse_logits, extent_dhw(volume));
  const Int3 patch = geometry_.patch_dhw;
  Tensor logits =
      torch::zeros({0, num_classes_, patch[0], patch[1], patch[2]}, seen.coarse_logits.options());
  for (const Int3& start : starts)
    logits = torch::cat({logits, local_->forward(crop(volume, start, patch)).logits});
  return aggregated_loss(starts.empty() ? logits : refined(logits, merge), merge, label, weights);
}

Tensor NmswNet::baseline(const Tensor& loss, const GlobalLook& seen, const Tensor& volume,
                         const Tensor& label, const NmswStepOptions& step) {
  switch (config_.score_function_baseline) {
    case ScoreFunctionBaseline::ema:
      return next_baseline(baseline_, loss);
    case ScoreFunctionBaseline::coarse: {
      const Tensor coarse = loss_at({}, seen, volume, label, step.loss);
      return coarse + next_baseline(baseline_, loss - coarse);
    }
    case ScoreFunctionBaseline::greedy: {
      const Tensor best = std::get<1>(seen.scores.detach().squeeze(0).topk(step.k));
      return loss_at(starts_of(seen.grid, best), seen, volume, label, step.loss);
    }
    case ScoreFunctionBaseline::none:
    case ScoreFunctionBaseline::leave_one_out:
      break;
  }
  return torch::zeros_like(loss);
}

Tensor NmswNet::score_function_credit(const TopKDraw& draw, const Tensor& loss,
                                      const GlobalLook& seen, const Tensor& volume,
                                      const Tensor& label, const NmswStepOptions& step) {
  const double weight = config_.score_function_weight / static_cast<double>(step.k);
  const Tensor log_prob = draw.log_prob.squeeze(1);
  if (!draw.other_index.defined()) {
    return weight *
           score_function_term(log_prob[0], loss, baseline(loss, seen, volume, label, step));
  }
  std::vector<Tensor> losses{loss};
  for (int64_t s = 0; s < draw.other_index.size(0); ++s) {
    const std::vector<Int3> starts = starts_of(seen.grid, draw.other_index[s].squeeze(1));
    losses.push_back(loss_at(starts, seen, volume, label, step.loss));
  }
  return weight * leave_one_out_term(log_prob, torch::stack(losses));
}

std::vector<double> NmswNet::test_scales(const Tensor& scores,
                                         const std::vector<int64_t>& order) const {
  std::vector<double> scales(order.size(), 1.0);
  if (config_.soft_scaling != SoftScaling::always || !trains_through_image(config_.sampler))
    return scales;
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
  const Tensor patches = refined(chosen.logits, merge);
  return {aggregated_loss(patches, merge, label, weights),
          dice_ce_loss(seen.coarse_logits, coarse_label, weights), merged_labels(patches, merge)};
}

}  // namespace nmsw
