#pragma once

#include "nmsw/base/config_fields.h"
#include "nmsw/config/preset.h"

namespace nmsw {

/// Unit of the surface distances: mm with area-weighted surface elements, or voxels as the authors
/// computed them.
enum class NsdUnit { mm, voxel };

/// What a class scores that the label or the prediction lacks; the two published conventions.
enum class AbsentClass { monai, deepmind };

/// The grid on which predictions are scored: the case's own, or the preprocessed one (the authors).
enum class ScoreGeometry { original, prepared };

/// What NMSW's patches are ranked by at test time, the same networks otherwise.
/// scores             its score head
/// initial_scores     its score head with weights as a training begins with them; by draw
/// random_foreground  chance among the foreground of its coarse prediction; by draw
/// foreground         most foreground in the coarse prediction
/// entropy            most entropy in the coarse prediction
/// coverage           greedily, what adds most to what the patches before it cover; by PatchGain
/// oracle             greedily, what raises the mean DSC most: needs the label, so that no scan
///                    without one can be segmented by it
enum class PatchOrder {
  scores,
  initial_scores,
  random_foreground,
  foreground,
  entropy,
  coverage,
  oracle
};

/// What is worth covering: probability of foreground, or entropy, in the coarse prediction; the
/// probability of each class as a share of its own sum, so that small organs count as large ones; or
/// the foreground, times the learned probability of the patch. (Of sampler error_map: the voxels in
/// which the coarse prediction is expected to be wrong.)
enum class PatchGain { foreground, entropy, classes, scores };

/// Which cases are segmented and scored; what is chosen by its score is chosen on validation cases.
enum class ScoredCases { test, validation };

template <>
struct EnumNames<ScoredCases> {
  static constexpr std::array<std::pair<ScoredCases, const char*>, 2> values{
      {{ScoredCases::test, "test"}, {ScoredCases::validation, "validation"}}};
};
template <>
struct EnumNames<PatchOrder> {
  static constexpr std::array<std::pair<PatchOrder, const char*>, 7> values{
      {{PatchOrder::scores, "scores"},
       {PatchOrder::initial_scores, "initial_scores"},
       {PatchOrder::random_foreground, "random_foreground"},
       {PatchOrder::foreground, "foreground"},
       {PatchOrder::entropy, "entropy"},
       {PatchOrder::coverage, "coverage"},
       {PatchOrder::oracle, "oracle"}}};
};
template <>
struct EnumFormerNames<PatchOrder> {
  static constexpr std::array<std::pair<PatchOrder, const char*>, 1> values{
      {{PatchOrder::scores, "learned"}}};
};
template <>
struct EnumNames<PatchGain> {
  static constexpr std::array<std::pair<PatchGain, const char*>, 4> values{
      {{PatchGain::foreground, "foreground"},
       {PatchGain::entropy, "entropy"},
       {PatchGain::classes, "classes"},
       {PatchGain::scores, "scores"}}};
};
template <>
struct EnumNames<NsdUnit> {
  static constexpr std::array<std::pair<NsdUnit, const char*>, 2> values{
      {{NsdUnit::mm, "mm"}, {NsdUnit::voxel, "voxel"}}};
};
template <>
struct EnumNames<AbsentClass> {
  static constexpr std::array<std::pair<AbsentClass, const char*>, 2> values{
      {{AbsentClass::monai, "monai"}, {AbsentClass::deepmind, "deepmind"}}};
};
template <>
struct EnumNames<ScoreGeometry> {
  static constexpr std::array<std::pair<ScoreGeometry, const char*>, 2> values{
      {{ScoreGeometry::original, "original"}, {ScoreGeometry::prepared, "prepared"}}};
};

/// Whether an order is one of many that a seed gives.
inline bool is_drawn(PatchOrder order) {
  return order == PatchOrder::initial_scores || order == PatchOrder::random_foreground;
}

/// The word for the k that ends the ranking of order coverage where less than `auto_left` of the
/// gain is left to cover, and that of order scores where `mass_left` of the learned probability at
/// most is left.
inline constexpr const char* kAutoKName = "auto";

struct OrderSettings {
  PatchOrder order = PatchOrder::scores;
  PatchGain gain = PatchGain::foreground;
  double discount = 0;
  int64_t draw = 0;
  double auto_left = 0.05;
  std::optional<double> mass_left{};
};

inline const Check<std::optional<double>> kShareOrNone{
    [](const std::optional<double>& share) { return !share || (*share >= 0 && *share <= 1); },
    "must lie in 0..1"};

/// How test cases are segmented and scored. Defaults: deterministic, in mm, on the original grid.
struct EvaluationConfig {
  double overlap = 0.5;
  bool noise_at_test = false;
  PatchOrder order = PatchOrder::scores;
  PatchGain gain = PatchGain::foreground;
  double discount = 0;
  int64_t draw = 0;
  double auto_left = 0.05;
  std::optional<double> mass_left;
  NsdUnit nsd_unit = NsdUnit::mm;
  std::optional<double> nsd_tolerance;
  AbsentClass absent_class = AbsentClass::monai;
  ScoreGeometry geometry = ScoreGeometry::original;
  ScoredCases cases = ScoredCases::test;
  int64_t max_cases = 0;
  bool keep_predictions = false;

  OrderSettings ranking() const { return {order, gain, discount, draw, auto_left, mass_left}; }
};

template <class Visitor>
void visit_fields(EvaluationConfig& c, Visitor& v) {
  v.field("overlap", c.overlap, below_one,
          "overlap of neighbouring patches, as a share of the patch");
  v.field("noise_at_test", c.noise_at_test,
          "add seeded Gumbel noise to the ranking at test time (authors: true)");
  v.field("order", c.order, "what NMSW ranks its patches by at test time");
  v.field("gain", c.gain, "order coverage: what is worth covering");
  v.field("discount", c.discount, ratio,
          "order coverage: what is covered already counts times this; 1 ranks each patch alone");
  v.field("draw", c.draw, not_negative,
          "orders initial_scores and random_foreground: which of the draws of the seed");
  v.field("auto_left", c.auto_left, ratio,
          "k: auto stops where less than this share of the gain is left uncovered");
  v.field("mass_left", c.mass_left, kShareOrNone,
          "k: auto of order scores stops where the chosen patches leave this share of the learned "
          "probability (0.01); absent: that order sets no number");
  v.field("nsd_unit", c.nsd_unit, "unit of the surface Dice and of HD95");
  v.field("nsd_tolerance", c.nsd_tolerance,
          "tolerance of every class in that unit; absent: the data set's in mm, 2 in voxels");
  v.field("absent_class", c.absent_class, "what a class scores that label or prediction lacks");
  v.field("geometry", c.geometry, "grid on which predictions are scored");
  v.field("cases", c.cases,
          "which cases are scored; a search for the best setting is scored on validation");
  v.field("max_cases", c.max_cases, not_negative,
          "cases scored, first in order of name; 0 takes all");
  v.field("keep_predictions", c.keep_predictions, "write the label maps beside the run");
}

/// Sets the values in which the two sources differ, leaving the others alone.
inline void apply_preset(Preset preset, EvaluationConfig& c) {
  const bool authors = preset == Preset::authors;
  c.noise_at_test = authors;
  c.nsd_unit = authors ? NsdUnit::voxel : NsdUnit::mm;
  c.geometry = authors ? ScoreGeometry::prepared : ScoreGeometry::original;
}

}  // namespace nmsw
