#include "reporting/claims/claim.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>

namespace nmsw::reporting {

ClaimInput claim_input(const results::ResultStore& store, const std::string& experiment) {
  return claim_input(store, experiment, CaseScores(store, experiment, "dsc"));
}

ClaimInput claim_input(const results::ResultStore& store, const std::string& experiment,
                       CaseScores dsc) {
  ClaimInput input{store, experiment, {}, {}, std::move(dsc)};
  for (const ComparisonRow& row : read_comparison(store, experiment)) {
    if (row.key.variant.empty()) input.rows.push_back(row);
    if (is_control(row.key)) input.controls.push_back(row);
  }
  return input;
}

Verdict decide(const Claim& claim, const Interval& measured) {
  const bool is_at_least = claim.bound == Bound::at_least;
  const double worst = is_at_least ? measured.low : measured.high;
  const double best = is_at_least ? measured.high : measured.low;
  const auto is_right = [&](double value) {
    if (value == claim.threshold) return !claim.is_strict;
    return is_at_least ? value > claim.threshold : value < claim.threshold;
  };
  if (is_right(worst)) return Verdict::holds;
  return is_right(best) ? Verdict::undecided : Verdict::fails;
}

bool allows_no_difference(const Claim& claim) {
  return claim.bound == Bound::at_least ? claim.threshold < 0 : claim.threshold > 0;
}

std::string verdict_text(Verdict verdict) {
  switch (verdict) {
    case Verdict::holds:
      return "holds";
    case Verdict::fails:
      return "does not hold";
    case Verdict::undecided:
      return "undecided";
    case Verdict::no_data:
      return "not enough data";
    case Verdict::none:
      break;
  }
  return "";
}

std::string figure_text(const Claim& claim, double value) {
  const bool is_difference = claim.unit.empty();
  std::string text = fmt::format("{:.{}f}", std::abs(value), claim.decimals);
  const bool is_zero = std::strtod(text.c_str(), nullptr) == 0;
  if (!is_zero && value < 0) text = "−" + text;
  if (!is_zero && value > 0 && is_difference) text = "+" + text;
  return text + std::string(claim.unit);
}

bool is_point(const Claim& claim, const Interval& interval) {
  return figure_text(claim, interval.low) == figure_text(claim, interval.high);
}

std::string interval_text(const Claim& claim, const Interval& interval) {
  if (is_point(claim, interval)) return figure_text(claim, interval.mean);
  return fmt::format("{} [{}, {}]", figure_text(claim, interval.mean),
                     figure_text(claim, interval.low), figure_text(claim, interval.high));
}

std::string place_text(const Evidence& evidence) {
  std::string text;
  for (const std::string& part :
       {evidence.backbone.empty() ? "" : backbone_label(evidence.backbone),
        evidence.dataset.empty() ? "" : dataset_label(evidence.dataset), evidence.what}) {
    if (!part.empty()) text += (text.empty() ? "" : ", ") + part;
  }
  return text;
}

const Evidence* weakest_of(const Claim& claim, const std::vector<Evidence>& cells) {
  const Evidence* weakest = nullptr;
  for (const Evidence& cell : cells) {
    if (!cell.measured) continue;
    const bool is_first = weakest == nullptr;
    const bool is_weaker = !is_first && (claim.bound == Bound::at_least
                                             ? cell.measured->mean < weakest->measured->mean
                                             : cell.measured->mean > weakest->measured->mean);
    if (is_first || is_weaker) weakest = &cell;
  }
  return weakest;
}

std::string missing_text(const ClaimInput& input, const ScoreCell& cell) {
  const ComparisonRow* row = find_row(input.rows, cell.dataset, cell.backbone, cell.key);
  if (row == nullptr) row = find_row(input.controls, cell.dataset, cell.backbone, cell.key);
  if (row == nullptr) return method_label(cell.key) + " is not run";
  if (!row->is_complete) return method_label(cell.key) + " has " + progress_text(*row);
  return "";
}

std::string paper_difference(const std::string& first, const std::string& second) {
  if (first.empty() || second.empty()) return "";
  const double difference =
      std::strtod(first.c_str(), nullptr) - std::strtod(second.c_str(), nullptr);
  return fmt::format("{:.3f}", difference);
}

std::vector<std::pair<std::string, std::string>> places_of(const ClaimInput& input) {
  std::vector<std::pair<std::string, std::string>> places;
  for (const std::string& backbone : backbones_of(input.rows)) {
    // A cell that was left out is missing: without it backbones and data sets would be confounded.
    for (const std::string& dataset : datasets_of(input.rows))
      places.emplace_back(dataset, backbone);
  }
  return places;
}

}  // namespace nmsw::reporting
