#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "reporting/claims/judges.h"
#include "reporting/claims/pooled_claim.h"

namespace nmsw::reporting {
namespace {

/// The paper's number of patches in Fig. 7.
constexpr const char* kPatches = "5";
constexpr double kOrganLevel = 0.05;

using Pairs = std::vector<std::pair<ScoreCell, ScoreCell>>;

/// One organ of one data set, pooled over backbones and seeds.
struct Organ {
  std::string dataset, name;
  std::optional<PooledMean> gain;
  size_t cases = 0;
  double p_better = 1, p_worse = 1;
};

std::vector<Organ> organs_of(const ClaimInput& input, const std::string& dataset,
                             const Pairs& pairs, size_t& seeds) {
  std::vector<Organ> organs;
  for (const auto& [class_index, name] : input.dsc.classes(dataset)) {
    const CaseSample sample = case_sample(input.dsc, pairs, class_index);
    Organ organ;
    organ.dataset = dataset;
    organ.name = name;
    organ.cases = sample.cases.size();
    seeds = std::max(seeds, sample.seeds.size());
    if (organ.cases >= kMinimumCases) {
      organ.gain = pool({sample});
      organ.p_better = p_above(*organ.gain, 0);
      organ.p_worse = p_below(*organ.gain, 0);
    }
    organs.push_back(std::move(organ));
  }
  return organs;
}

/// The organ of a data set that gains least, as a cell.
Evidence least_cell(const std::vector<Organ>& organs, const std::string& dataset,
                    const std::string& against) {
  Evidence cell;
  cell.dataset = dataset;
  cell.what = fmt::format("k={} against {}", kPatches, against);
  const Organ* least = nullptr;
  size_t passed = 0, all = 0;
  for (const Organ& organ : organs) {
    if (organ.dataset != dataset) continue;
    ++all;
    if (!organ.gain) continue;
    passed += organ.p_better < kOrganLevel ? 1 : 0;
    if (least == nullptr || organ.gain->mean < least->gain->mean) least = &organ;
  }
  cell.remark = fmt::format("{} of {} organs gain", passed, all);
  if (least == nullptr) return cell;
  cell.measured = confidence_interval(*least->gain, 1 - 2 * kOrganLevel);
  cell.pairs = least->cases;
  cell.remark = fmt::format("least: {}; {}", least->name, cell.remark);
  cell.verdict = passed == all ? Verdict::holds : Verdict::undecided;
  return cell;
}

/// Every organ must pass its own test, so that none needs a correction; for one that fails the
/// opposite test to count, it must do so among all of them.
Verdict verdict_of(const std::vector<Organ>& organs) {
  std::vector<double> worse;
  bool all_better = !organs.empty(), all_known = !organs.empty();
  for (const Organ& organ : organs) {
    if (organ.gain) worse.push_back(organ.p_worse);
    all_known = all_known && organ.gain;
    all_better = all_better && organ.p_better < kOrganLevel;
  }
  const std::vector<double> corrected = holm(worse);
  if (std::any_of(corrected.begin(), corrected.end(), [](double p) { return p < kOrganLevel; }))
    return Verdict::fails;
  if (all_better) return Verdict::holds;
  return all_known ? Verdict::undecided : Verdict::no_data;
}

/// What an open verdict waits for: the organ that is farthest from passing its own test, from the
/// organs at hand.
std::string to_decide(const std::vector<Organ>& organs) {
  const Organ* least = nullptr;
  size_t open = 0;
  for (const Organ& organ : organs) {
    if (organ.p_better < kOrganLevel) continue;
    ++open;
    if (least == nullptr || organ.p_better > least->p_better) least = &organ;
  }
  const std::string text = fmt::format("{} of {} organs are not shown to gain, {} ({}) least", open,
                                       organs.size(), least->name, dataset_label(least->dataset));
  if (least->gain->mean <= 0) return text + ": its mean does not gain in these cases";
  const Interval interval = confidence_interval(*least->gain, 1 - 2 * kOrganLevel);
  return text + ": " + cases_to_decide(*least->gain, interval, 0);
}

Judgement judge_organs(const Claim& claim, const ClaimInput& input, const MethodKey& random,
                       const std::string& against) {
  Judgement judgement;
  std::map<std::string, Pairs> by_dataset;
  std::string missing;
  for (const auto& [dataset, backbone] : places_of(input)) {
    const ScoreCell first{dataset, backbone, nmsw_key(kPatches)}, second{dataset, backbone, random};
    for (const ScoreCell& side : {first, second}) {
      const std::string lack = missing_text(input, side);
      if (!lack.empty() && missing.empty()) {
        missing = backbone_label(backbone) + ", " + dataset_label(dataset) + ": " + lack;
      }
    }
    by_dataset[dataset].emplace_back(first, second);
  }
  std::vector<Organ> organs;
  std::vector<std::string> datasets;
  size_t seeds = 0;
  for (const auto& [dataset, pairs] : by_dataset) {
    const std::vector<Organ> found = organs_of(input, dataset, pairs, seeds);
    organs.insert(organs.end(), found.begin(), found.end());
    if (missing.empty() && !found.empty())
      judgement.cells.push_back(least_cell(organs, dataset, against));
    datasets.push_back(dataset);
  }
  if (missing.empty()) missing = mixed_text(input, datasets);
  judgement.remark = missing.empty() ? "judged against " + against : missing;
  if (!missing.empty() || organs.empty()) return judgement;
  judgement.verdict = verdict_of(organs);
  judgement.scope = scope_text(input, datasets, seeds);
  const auto [fewest, most] =
      std::minmax_element(organs.begin(), organs.end(),
                          [](const Organ& a, const Organ& b) { return a.cases < b.cases; });
  judgement.count = fmt::format("{} organs, each in {} cases, {} seed{}", organs.size(),
                                fewest->cases == most->cases
                                    ? fmt::format("{}", most->cases)
                                    : fmt::format("{} to {}", fewest->cases, most->cases),
                                seeds, seeds == 1 ? "" : "s");
  if (const Evidence* least = weakest_of(claim, judgement.cells)) {
    judgement.measured = least->measured;
    judgement.remark += fmt::format("; {}: {}", dataset_label(least->dataset), least->remark);
  }
  if (judgement.verdict == Verdict::undecided) judgement.to_decide = to_decide(organs);
  if (judgement.verdict == Verdict::no_data)
    judgement.remark +=
        fmt::format("; an organ is in {} cases, {} are needed", fewest->cases, kMinimumCases);
  return judgement;
}

}  // namespace

Judgement judge_random_foreground(const Claim& claim, const ClaimInput& input) {
  const MethodKey of_paper{"random_foreground", kPatches, "on", ""};
  Judgement paper = judge_organs(claim, input, of_paper, "the paper's random foreground");
  if (input.controls.empty()) return paper;
  const bool has_control =
      std::any_of(input.controls.begin(), input.controls.end(),
                  [](const ComparisonRow& row) { return row.key == random_order_key(row.key.k); });
  if (!has_control) return paper;
  Judgement own = judge_organs(claim, input, random_order_key(kPatches),
                               "NMSW's own networks with foreground patches in random order");
  own.remark += "; against the paper's random foreground, which has other networks: " +
                verdict_text(paper.verdict);
  own.cells.insert(own.cells.end(), paper.cells.begin(), paper.cells.end());
  return own;
}

}  // namespace nmsw::reporting
