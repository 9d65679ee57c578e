#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <tuple>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "reporting/claims/judges.h"
#include "reporting/claims/pooled_claim.h"
#include "reporting/conventions.h"
#include "reporting/rows.h"

namespace nmsw::reporting {
namespace {

constexpr const char* kStrongest = "mednext";
/// A training whose weights all moved less than this share of what the optimiser's steps allow says
/// where they started.
constexpr double kSmallestShare = 0.1;
constexpr double kTrustLevel = 0.05;

/// One NMSW training.
///
/// mean       over the classes, after the sigmoid
/// moved      largest |w - start| of a class before the sigmoid, over what the steps allow: AdamW
///            moves a parameter by about its learning rate at most; absent where the steps are not
///            stored
struct Training {
  double mean = 0;
  std::optional<double> moved;
};
/// By dataset, backbone and seed.
using Trainings = std::map<std::string, std::map<std::string, std::map<int64_t, Training>>>;

double before_sigmoid(double weight) { return std::log(weight / (1 - weight)); }

/// Largest way of a class weight from its start, and what the steps of the training allow.
std::optional<double> moved_share(const std::string& config_json, std::optional<double> rate_sum,
                                  const std::vector<double>& weights) {
  const auto config = nlohmann::json::parse(config_json, nullptr, false);
  if (!config.is_object() || !config.contains("training") || !rate_sum) return std::nullopt;
  const auto& training = config.at("training");
  const double bound = training.value("class_weight_lr_factor", 1.0) *
                       training.value("iterations_per_epoch", 0.0) * *rate_sum;
  if (!(bound > 0)) return std::nullopt;
  const double start =
      config.value("model", nlohmann::json::object()).value("class_weight_start", 0.0);
  double most = 0;
  for (const double weight : weights)
    most = std::max(most, std::fabs(before_sigmoid(weight) - start));
  return most / bound;
}

/// The folds of one seed share most of their cases and count as one training.
Training mean_of(const std::map<std::string, Training>& folds) {
  Training mean;
  double moved = 0;
  bool all_known = true;
  for (const auto& [fold, training] : folds) {
    mean.mean += training.mean / static_cast<double>(folds.size());
    moved = std::max(moved, training.moved.value_or(0));
    all_known = all_known && training.moved;
  }
  if (all_known) mean.moved = moved;
  return mean;
}

Trainings read_trainings(const ClaimInput& input) {
  // A later evaluation of the same place repeats the weights or has those of a later training.
  const Rows rows(
      input.store,
      "SELECT w.dataset, w.backbone, w.seed, w.fold, w.run, w.weight, t.config_json, t.rate_sum "
      "FROM "
      "v_class_weights w LEFT JOIN v_nmsw_training t ON t.run = w.run WHERE w.variant = '' AND "
      "w.class_index > 0 AND w.weight > 0 AND w.weight < 1 AND w.experiment = " +
          sql_quoted(input.experiment) +
          " ORDER BY w.dataset, w.backbone, w.seed, w.run, w.class_index");
  std::map<std::tuple<std::string, std::string, int64_t>, std::map<std::string, Training>> folds;
  for (size_t i = 0; i < rows.size();) {
    const size_t first = i;
    std::vector<double> weights;
    double sum = 0;
    for (; i < rows.size() && rows.count(i, "run") == rows.count(first, "run"); ++i) {
      weights.push_back(*rows.number(i, "weight"));
      sum += weights.back();
    }
    folds[{rows.text(first, "dataset"), rows.text(first, "backbone"), rows.count(first, "seed")}]
         [rows.text(first, "fold")] = {
             sum / static_cast<double>(weights.size()),
             moved_share(rows.text(first, "config_json"), rows.number(first, "rate_sum"), weights)};
  }
  Trainings trainings;
  for (const auto& [place, of_place] : folds) {
    const auto& [dataset, backbone, seed] = place;
    trainings[dataset][backbone][seed] = mean_of(of_place);
  }
  return trainings;
}

std::vector<double> means_of(const std::map<int64_t, Training>& seeds, double sign) {
  std::vector<double> means;
  for (const auto& [seed, training] : seeds) means.push_back(sign * training.mean);
  return means;
}

/// Difference of two backbones' means, pooled over data sets; trainings are independent, so both
/// sides enter as samples of their own.
PooledMean difference_of(const Trainings& trainings, const std::string& other) {
  std::vector<CaseSample> samples;
  for (const auto& [dataset, backbones] : trainings) {
    samples.push_back({means_of(backbones.at(kStrongest), 1), {}});
    samples.push_back({means_of(backbones.at(other), -1), {}});
  }
  PooledMean pooled = pool(samples);
  pooled.mean *= 2;
  pooled.error *= 2;
  return pooled;
}

/// What keeps the trainings from being compared; empty where nothing does.
std::string lack_of(const ClaimInput& input, const Trainings& trainings,
                    const std::vector<std::string>& backbones) {
  std::vector<std::pair<std::string, std::string>> places = places_of(input);
  for (const auto& [dataset, found] : trainings) {
    for (const std::string& backbone : backbones) places.emplace_back(dataset, backbone);
  }
  for (const auto& [dataset, backbone] : places) {
    const auto found = trainings.find(dataset);
    size_t count = 0;
    if (found != trainings.end() && found->second.count(backbone) != 0)
      count = found->second.at(backbone).size();
    if (count < kMinimumSeeds)
      return fmt::format("{}, {}: {} of {} trainings (seeds) that a backbone needs",
                         backbone_label(backbone), dataset_label(dataset), count, kMinimumSeeds);
  }
  return "";
}

/// What keeps a backbone's weights from meaning anything; empty where all of its trainings moved
/// them. One that did not pulls the mean to where it started.
std::string still_text(const Trainings& trainings, const std::string& backbone) {
  size_t still = 0, all = 0;
  double least = std::numeric_limits<double>::infinity();
  for (const auto& [dataset, found] : trainings) {
    for (const auto& [seed, training] : found.at(backbone)) {
      if (!training.moved)
        return "the database does not say how far the optimiser's steps could move the weights";
      ++all;
      still += *training.moved < kSmallestShare ? 1 : 0;
      least = std::min(least, *training.moved);
    }
  }
  if (still == 0) return "";
  return fmt::format(
      "in {} of {} trainings of {} the class weights moved by less than {:.0f} % of what the "
      "optimiser's steps allow (least: {:.1f} %): they show where they started",
      still, all, backbone_label(backbone), 100 * kSmallestShare, 100 * least);
}

std::vector<std::string> backbones_in(const Trainings& trainings) {
  std::vector<std::string> backbones;
  for (const auto& [dataset, found] : trainings) {
    for (const auto& [backbone, seeds] : found) {
      if (std::find(backbones.begin(), backbones.end(), backbone) == backbones.end())
        backbones.push_back(backbone);
    }
  }
  std::sort(backbones.begin(), backbones.end(), backbone_before);
  return backbones;
}

/// MedNeXt must be above every other backbone, so that no correction is needed; being below one
/// must stand among all.
Verdict verdict_of(const std::vector<PooledMean>& differences) {
  std::vector<double> below;
  bool all_above = true;
  for (const PooledMean& one : differences) {
    all_above = all_above && p_above(one, 0) < kTrustLevel / 2;
    below.push_back(p_below(one, 0));
  }
  for (const double p : holm(below)) {
    if (p < kTrustLevel / 2) return Verdict::fails;
  }
  return all_above ? Verdict::holds : Verdict::undecided;
}

/// MedNeXt against one other backbone.
Evidence cell_of(const Claim& claim, const std::string& other, const PooledMean& difference,
                 bool has_moved) {
  Evidence cell;
  cell.backbone = kStrongest;
  cell.what = "against " + backbone_label(other);
  cell.measured = confidence_interval(difference);
  cell.pairs = difference.cases;
  cell.verdict = has_moved ? decide(claim, *cell.measured) : Verdict::undecided;
  cell.remark = has_moved ? "counted: trainings" : "counted: trainings; weights stood still";
  return cell;
}

}  // namespace

Judgement judge_trust(const Claim& claim, const ClaimInput& input) {
  Judgement judgement;
  const Trainings trainings = read_trainings(input);
  const std::vector<std::string> backbones = backbones_in(trainings);
  std::vector<std::string> others, datasets;
  for (const std::string& backbone : backbones) {
    if (backbone != kStrongest) others.push_back(backbone);
  }
  for (const auto& [dataset, found] : trainings) datasets.push_back(dataset);
  if (others.empty() || others.size() == backbones.size()) {
    judgement.remark = "the class weights of MedNeXt and of another backbone are needed";
    return judgement;
  }
  judgement.remark = mixed_text(input, datasets);
  if (judgement.remark.empty()) judgement.remark = lack_of(input, trainings, backbones);
  if (!judgement.remark.empty()) return judgement;
  const std::string strongest_still = still_text(trainings, kStrongest);
  std::string still = strongest_still;
  std::vector<PooledMean> differences;
  for (const std::string& other : others) {
    differences.push_back(difference_of(trainings, other));
    const std::string other_still = still_text(trainings, other);
    const bool has_moved = strongest_still.empty() && other_still.empty();
    judgement.cells.push_back(cell_of(claim, other, differences.back(), has_moved));
    if (still.empty()) still = other_still;
  }
  const Evidence* weakest = weakest_of(claim, judgement.cells);
  judgement.measured = weakest->measured;
  judgement.remark = "closest: " + place_text(*weakest);
  judgement.count = fmt::format("{} trainings a backbone", differences.front().cases / 2);
  judgement.scope = "on " + data_kind(input.store, input.experiment, datasets);
  judgement.verdict = verdict_of(differences);
  if (!still.empty()) {
    judgement.verdict = Verdict::undecided;
    judgement.remark = still;
  }
  return judgement;
}

}  // namespace nmsw::reporting
