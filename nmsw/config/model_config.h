#pragma once

#include "nmsw/base/config_fields.h"
#include "nmsw/config/preset.h"

namespace nmsw {

/// How a training step draws its patches; at test time they are ranked.
/// gumbel_top_k      one after the other, each taken out for the next (the paper)
/// perturbed_top_k   the k best under Gaussian noise; their soft choice is the mean over many such
///                   samples, with the gradient of a perturbed optimiser (Berthet et al. 2020,
///                   Cordonnier et al. 2021, who let every candidate contribute as the estimator
///                   straight_through does)
/// with_replacement  independent Gumbel draws; a patch can come twice (the paper's future work)
/// soft_top_k        the k best; their soft choice is a transport of the scores' mass to k places
///                   (Xie et al. 2020)
/// attention         as gumbel_top_k draws; the gradient is that of attention sampling
///                   (Katharopoulos and Fleuret 2019): a patch's logits count in proportion to its
///                   probability
/// score_function    likewise; the gradient is that of the draws' log probability times their loss
///                   (REINFORCE)
/// error_map         likewise, but nothing is learned from the choice: the scores learn from the
///                   label where the coarse prediction errs, background patches included
enum class Sampler {
  gumbel_top_k,
  perturbed_top_k,
  with_replacement,
  soft_top_k,
  attention,
  score_function,
  error_map
};

/// Whether the gradient reaches the scores through the patches' images, which `Estimator`,
/// `SoftScaling` and the temperature are about.
constexpr bool trains_through_image(Sampler sampler) {
  return sampler != Sampler::attention && sampler != Sampler::score_function &&
         sampler != Sampler::error_map;
}

/// Whether it takes out drawn patches exactly, whatever `DrawnRemoval` says. (The two others that
/// never read it count it all the same: stored results are known by it.)
constexpr bool draws_exactly(Sampler sampler) {
  return sampler == Sampler::soft_top_k || !trains_through_image(sampler);
}

/// What perturbed_top_k adds its noise to: the scores, or the scores scaled to 0..1 (Cordonnier et
/// al. 2021).
enum class PerturbationNormalise { none, min_max };

/// What the worth of each of perturbed_top_k's samples is compared with: 0, or the mean of the
/// others, which changes no expectation.
enum class PerturbationBaseline { none, leave_one_out };

/// soft_top_k's cost of moving a score to a place: none takes the scores as they are, over the
/// patches with foreground, and tau as the regularisation; max is the published one, over all
/// patches, divided by its largest entry.
enum class TransportNormalise { none, max };

/// Whether soft_top_k chooses by the scores or by the scores with Gumbel noise.
enum class TransportExploration { none, gumbel };

/// What score_function subtracts from the loss of its draw; none of them changes the expected
/// gradient.
/// none           nothing
/// ema            a running mean of the losses
/// coarse         the loss of the coarse prediction of the same case, and a running mean of the
///                difference
/// greedy         the loss of the k best patches: one more batch through the local network
/// leave_one_out  the mean loss of the other draws of the same case: a batch each
enum class ScoreFunctionBaseline { none, ema, coarse, greedy, leave_one_out };

/// How the gradient reaches the score head through the choice of patches (METHOD 2.6, METHOD 2.7).
/// paper             value and gradient onehot·softhot with the one-hot detached: chosen patches
///                   only
/// authors           value onehot·softhot, gradient onehot + softhot: every candidate patch
///                   contributes
/// straight_through  value onehot, gradient of softhot: every candidate patch contributes
enum class Estimator { paper, authors, straight_through };

/// Which candidate patches count as background in the global prediction (METHOD 2.5): `any` keeps a
/// patch with any foreground voxel, `nearest` looks at the one voxel that nearest resizing picks.
enum class MaskRule { any, nearest };

/// Where the score map is sampled (METHOD 2.3): centres of a uniform split of the volume, or the
/// patches' own centres.
enum class ScorePositions { uniform, patch_centre };

/// How patch logits meet the global logits (METHOD 2.9): learnable class weights (b, what the paper
/// describes and Table 2 needs), plain paste (a), or paste of patches whose logits went through
/// convolutions together with the global ones (a, what the authors' released configuration does).
enum class AggregationKind { class_weight, paste, conv };

/// Whether overlapping patch logits are divided by the sum of their importance (code) or not (Eq. 6
/// as printed).
enum class OverlapBlend { normalised, sum };

/// When a chosen patch is multiplied by its soft probability: Eq. 5 says always, the code in
/// training only.
enum class SoftScaling { training, always, never };

/// What a background patch's probability becomes before sampling: the smallest float, or exactly 0
/// (Eq. 4), in which case it can only be drawn once no other patch is left.
enum class BackgroundProbability { tiny, zero };

/// How an already drawn patch is taken out during training: exactly, or by the smallest float as in
/// the code, which lets it come back once the foreground is used up. At test time removal is always
/// exact.
enum class DrawnRemoval { exact, tiny };

/// What enters the Gumbel noise: log-softmax of the scores (a pmf, as in the paper) or the raw
/// scores (code).
enum class LogProbability { log_softmax, scores };

/// How the label is brought to the global resolution: the voxel that PyTorch's `nearest` picks (the
/// authors; one voxel beside the image sample at rate 3), or the voxel under the sample centre.
enum class LabelAlignment { centre, nearest };

/// What a patch's score starts from: nothing, or the logarithm of its share of the coarse
/// prediction's foreground or entropy; the score head adds to it (METHOD 2.3).
enum class ScorePrior { none, foreground, entropy };

/// Sign of the entropy term: maximise subtracts λH from the loss (code), minimise adds it (Eq. 7 as
/// printed).
enum class EntropySign { maximise, minimise };

template <>
struct EnumNames<Sampler> {
  static constexpr std::array<std::pair<Sampler, const char*>, 7> values{
      {{Sampler::gumbel_top_k, "gumbel_top_k"},
       {Sampler::perturbed_top_k, "perturbed_top_k"},
       {Sampler::with_replacement, "with_replacement"},
       {Sampler::soft_top_k, "soft_top_k"},
       {Sampler::attention, "attention"},
       {Sampler::score_function, "score_function"},
       {Sampler::error_map, "error_map"}}};
};
template <>
struct EnumNames<PerturbationNormalise> {
  static constexpr std::array<std::pair<PerturbationNormalise, const char*>, 2> values{
      {{PerturbationNormalise::none, "none"}, {PerturbationNormalise::min_max, "min_max"}}};
};
template <>
struct EnumNames<PerturbationBaseline> {
  static constexpr std::array<std::pair<PerturbationBaseline, const char*>, 2> values{
      {{PerturbationBaseline::none, "none"},
       {PerturbationBaseline::leave_one_out, "leave_one_out"}}};
};
template <>
struct EnumNames<TransportNormalise> {
  static constexpr std::array<std::pair<TransportNormalise, const char*>, 2> values{
      {{TransportNormalise::none, "none"}, {TransportNormalise::max, "max"}}};
};
template <>
struct EnumNames<TransportExploration> {
  static constexpr std::array<std::pair<TransportExploration, const char*>, 2> values{
      {{TransportExploration::none, "none"}, {TransportExploration::gumbel, "gumbel"}}};
};
template <>
struct EnumNames<ScoreFunctionBaseline> {
  static constexpr std::array<std::pair<ScoreFunctionBaseline, const char*>, 5> values{
      {{ScoreFunctionBaseline::none, "none"},
       {ScoreFunctionBaseline::ema, "ema"},
       {ScoreFunctionBaseline::coarse, "coarse"},
       {ScoreFunctionBaseline::greedy, "greedy"},
       {ScoreFunctionBaseline::leave_one_out, "leave_one_out"}}};
};
template <>
struct EnumNames<Estimator> {
  static constexpr std::array<std::pair<Estimator, const char*>, 3> values{
      {{Estimator::paper, "paper"},
       {Estimator::authors, "authors"},
       {Estimator::straight_through, "straight_through"}}};
};
template <>
struct EnumNames<MaskRule> {
  static constexpr std::array<std::pair<MaskRule, const char*>, 2> values{
      {{MaskRule::any, "any"}, {MaskRule::nearest, "nearest"}}};
};
template <>
struct EnumNames<ScorePositions> {
  static constexpr std::array<std::pair<ScorePositions, const char*>, 2> values{
      {{ScorePositions::uniform, "uniform"}, {ScorePositions::patch_centre, "patch_centre"}}};
};
template <>
struct EnumNames<AggregationKind> {
  static constexpr std::array<std::pair<AggregationKind, const char*>, 3> values{
      {{AggregationKind::class_weight, "class_weight"},
       {AggregationKind::paste, "paste"},
       {AggregationKind::conv, "conv"}}};
};
template <>
struct EnumNames<OverlapBlend> {
  static constexpr std::array<std::pair<OverlapBlend, const char*>, 2> values{
      {{OverlapBlend::normalised, "normalised"}, {OverlapBlend::sum, "sum"}}};
};
template <>
struct EnumNames<SoftScaling> {
  static constexpr std::array<std::pair<SoftScaling, const char*>, 3> values{
      {{SoftScaling::training, "training"},
       {SoftScaling::always, "always"},
       {SoftScaling::never, "never"}}};
};
template <>
struct EnumNames<BackgroundProbability> {
  static constexpr std::array<std::pair<BackgroundProbability, const char*>, 2> values{
      {{BackgroundProbability::tiny, "tiny"}, {BackgroundProbability::zero, "zero"}}};
};
template <>
struct EnumNames<DrawnRemoval> {
  static constexpr std::array<std::pair<DrawnRemoval, const char*>, 2> values{
      {{DrawnRemoval::exact, "exact"}, {DrawnRemoval::tiny, "tiny"}}};
};
template <>
struct EnumNames<LogProbability> {
  static constexpr std::array<std::pair<LogProbability, const char*>, 2> values{
      {{LogProbability::log_softmax, "log_softmax"}, {LogProbability::scores, "scores"}}};
};
template <>
struct EnumNames<LabelAlignment> {
  static constexpr std::array<std::pair<LabelAlignment, const char*>, 2> values{
      {{LabelAlignment::centre, "centre"}, {LabelAlignment::nearest, "nearest"}}};
};
template <>
struct EnumNames<ScorePrior> {
  static constexpr std::array<std::pair<ScorePrior, const char*>, 3> values{
      {{ScorePrior::none, "none"},
       {ScorePrior::foreground, "foreground"},
       {ScorePrior::entropy, "entropy"}}};
};
template <>
struct EnumNames<EntropySign> {
  static constexpr std::array<std::pair<EntropySign, const char*>, 2> values{
      {{EntropySign::maximise, "maximise"}, {EntropySign::minimise, "minimise"}}};
};

inline const Check<std::optional<double>> kDeviationOrNone{
    [](const std::optional<double>& sigma) { return !sigma || *sigma >= 0; },
    "must not be negative"};

/// What distinguishes one NMSW network from another besides its backbones. Defaults are the
/// paper's.
struct ModelConfig {
  Sampler sampler = Sampler::gumbel_top_k;
  int64_t perturbation_samples = 500;
  double perturbation_sigma = 1;
  std::optional<double> perturbation_sigma_end;
  PerturbationNormalise perturbation_normalise = PerturbationNormalise::none;
  PerturbationBaseline perturbation_baseline = PerturbationBaseline::none;
  TransportNormalise transport_normalise = TransportNormalise::none;
  double transport_epsilon = 0.1;
  TransportExploration transport_exploration = TransportExploration::none;
  bool draw_with_replacement = false;
  double attention_smoothing = 0;
  ScoreFunctionBaseline score_function_baseline = ScoreFunctionBaseline::coarse;
  int64_t score_function_draws = 2;
  double score_function_weight = 1;
  double error_map_weight = 1;
  Estimator estimator = Estimator::paper;
  double tau_start = 2;
  double tau_end = 1.0 / 3.0;
  LogProbability log_probability = LogProbability::scores;
  double score_limit = 70;
  MaskRule mask = MaskRule::any;
  BackgroundProbability background_probability = BackgroundProbability::tiny;
  DrawnRemoval drawn_removal = DrawnRemoval::exact;
  ScorePositions score_positions = ScorePositions::uniform;
  ScorePrior score_prior = ScorePrior::none;
  SoftScaling soft_scaling = SoftScaling::training;
  AggregationKind aggregation = AggregationKind::class_weight;
  OverlapBlend overlap_blend = OverlapBlend::normalised;
  double class_weight_start = 0;
  double class_weight_minimum = -1;
  double class_weight_maximum = 10;
  LabelAlignment label_alignment = LabelAlignment::centre;
  EntropySign entropy_sign = EntropySign::maximise;
  double entropy_multiplier = 1e-4;
};

/// Of the samplers.
template <class Visitor>
void visit_sampler_fields(ModelConfig& c, Visitor& v) {
  v.field("sampler", c.sampler, "how a training step draws its patches");
  v.field("perturbation_samples", c.perturbation_samples, patch_count,
          "noise samples of perturbed_top_k (Cordonnier: 500)");
  v.field("perturbation_sigma", c.perturbation_sigma, positive,
          "noise of perturbed_top_k in units of the scores; 1 is about the Gumbel noise's "
          "(Cordonnier: 0.05 on scores scaled to 0..1)");
  v.field("perturbation_sigma_end", c.perturbation_sigma_end, kDeviationOrNone,
          "what the noise falls to, linearly over the epochs (Cordonnier: 0); absent: it stays");
  v.field("perturbation_normalise", c.perturbation_normalise,
          "what perturbed_top_k adds its noise to: the scores, or those scaled to 0..1");
  v.field("perturbation_baseline", c.perturbation_baseline,
          "perturbed_top_k: what a sample's worth is compared with");
  v.field("transport_normalise", c.transport_normalise,
          "soft_top_k: none takes raw scores and tau; max divides by the largest cost");
  v.field("transport_epsilon", c.transport_epsilon, positive,
          "soft_top_k with transport_normalise max: the entropic regularisation");
  v.field("transport_exploration", c.transport_exploration,
          "soft_top_k: whether Gumbel noise is added to the scores in training");
  v.field("draw_with_replacement", c.draw_with_replacement,
          "attention and score_function: whether a patch can be drawn again");
  v.field("attention_smoothing", c.attention_smoothing, ratio,
          "attention: share of the probability that all patches have alike");
  v.field("score_function_baseline", c.score_function_baseline,
          "score_function: what is subtracted from the loss of the draw");
  v.field("score_function_draws", c.score_function_draws, Within<2, 1000>{},
          "score_function with baseline leave_one_out: draws a step, a local batch each");
  v.field("score_function_weight", c.score_function_weight, positive,
          "score_function: weight of its term, which is divided by the number of patches");
  v.field("error_map_weight", c.error_map_weight, positive,
          "error_map: weight of the scores' loss");
}

template <class Visitor>
void visit_fields(ModelConfig& c, Visitor& v) {
  visit_sampler_fields(c, v);
  v.field("estimator", c.estimator, "how the gradient passes through the choice of patches");
  v.field("tau_start", c.tau_start, positive,
          "softmax temperature of the first epoch (authors: 0.6666)");
  v.field("tau_end", c.tau_end, positive,
          "softmax temperature of the last epoch (authors: 0.6666)");
  v.field("log_probability", c.log_probability, "what the Gumbel noise is added to");
  v.field("score_limit", c.score_limit, positive, "scores are cut from above at this value");
  v.field("mask", c.mask, "which candidate patches count as background");
  v.field("background_probability", c.background_probability,
          "what masked candidates keep in training");
  v.field("drawn_removal", c.drawn_removal, "how a drawn patch is taken out in training");
  v.field("score_positions", c.score_positions, "where the score map is sampled");
  v.field("score_prior", c.score_prior,
          "the rule whose logarithm the score head adds to; its last layer then starts at zero");
  v.field("soft_scaling", c.soft_scaling,
          "when chosen patches are multiplied by their soft probability");
  v.field("aggregation", c.aggregation, "how patch and global logits are merged");
  v.field("overlap_blend", c.overlap_blend, "whether overlapping patches are averaged or added");
  v.field("class_weight_start", c.class_weight_start,
          "first value of the class weights before the sigmoid");
  v.field("class_weight_minimum", c.class_weight_minimum, "lower clamp before the sigmoid");
  v.field("class_weight_maximum", c.class_weight_maximum, "upper clamp before the sigmoid");
  v.field("label_alignment", c.label_alignment, "which voxel stands for a low-resolution label");
  v.field("entropy_sign", c.entropy_sign,
          "whether the entropy of the patch distribution is raised or lowered");
  v.field("entropy_multiplier", c.entropy_multiplier, not_negative,
          "weight of the entropy term (authors: 1e-5)");
}

/// Sets the values in which the two sources differ, leaving the others alone. `authors` means what
/// the released configuration does when it is run as it is, hence the convolutional aggregation
/// (its YAML switches it on), although the authors' own Table 2 was not made with it (METHOD 5.1).
inline void apply_preset(Preset preset, ModelConfig& c) {
  const bool authors = preset == Preset::authors;
  c.estimator = authors ? Estimator::authors : Estimator::paper;
  c.tau_start = authors ? 0.6666 : 2.0;
  c.tau_end = authors ? 0.6666 : 1.0 / 3.0;
  c.mask = authors ? MaskRule::nearest : MaskRule::any;
  c.drawn_removal = authors ? DrawnRemoval::tiny : DrawnRemoval::exact;
  c.aggregation = authors ? AggregationKind::conv : AggregationKind::class_weight;
  c.label_alignment = authors ? LabelAlignment::nearest : LabelAlignment::centre;
  c.entropy_multiplier = authors ? 1e-5 : 1e-4;
}

}  // namespace nmsw
