#include "reporting/claims/claim.h"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

namespace nmsw::reporting {
namespace {

/// What keeps a row from being compared; empty where nothing does.
std::string missing_text(const ClaimInput& input, const ScoreCell& cell) {
  const ComparisonRow* row = find_row(input.rows, cell.dataset, cell.backbone, cell.key);
  if (row == nullptr) return method_label(cell.key) + " is not run";
  if (!row->is_complete) return method_label(cell.key) + " has " + progress_text(*row);
  return "";
}

size_t count_of(const std::vector<Evidence>& evidence, Verdict verdict) {
  return static_cast<size_t>(
      std::count_if(evidence.begin(), evidence.end(),
                    [&](const Evidence& one) { return one.verdict == verdict; }));
}

}  // namespace

ClaimInput claim_input(const results::ResultStore& store, const std::string& experiment) {
  std::vector<ComparisonRow> rows = read_comparison(store, experiment);
  rows.erase(std::remove_if(rows.begin(), rows.end(),
                            [](const ComparisonRow& row) { return !row.key.variant.empty(); }),
             rows.end());
  return {store, experiment, std::move(rows), CaseScores(store, experiment, "dsc")};
}

Verdict decide(const Claim& claim, const Interval& measured) {
  const bool is_at_least = claim.bound == Bound::at_least;
  const double worst = is_at_least ? measured.low : measured.high;
  const double best = is_at_least ? measured.high : measured.low;
  const auto is_right = [&](double value) {
    return is_at_least ? value >= claim.threshold : value <= claim.threshold;
  };
  if (is_right(worst)) return Verdict::holds;
  return is_right(best) ? Verdict::undecided : Verdict::fails;
}

Verdict overall(const std::vector<Evidence>& evidence) {
  if (count_of(evidence, Verdict::fails) > 0) return Verdict::fails;
  return count_of(evidence, Verdict::holds) > 0 ? Verdict::holds : Verdict::undecided;
}

std::string verdict_text(Verdict verdict) {
  switch (verdict) {
    case Verdict::holds:
      return "holds";
    case Verdict::fails:
      return "does not hold";
    case Verdict::undecided:
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

void judge_pairs(const Claim& claim, const PairedDifferences& differences, Evidence& evidence) {
  const PairedComparison compared = compare_pairs(differences);
  evidence.pairs = compared.cases;
  evidence.p = compared.p;
  evidence.measured = compared.interval;
  if (compared.interval) {
    evidence.verdict = decide(claim, *compared.interval);
  } else if (compared.mean) {
    evidence.measured = Interval{*compared.mean, *compared.mean, *compared.mean};
  }
}

Evidence compare_dsc(const Claim& claim, const ClaimInput& input, const ScoreCell& first,
                     const ScoreCell& second) {
  Evidence evidence;
  evidence.dataset = first.dataset;
  evidence.backbone = first.backbone;
  for (const ScoreCell& cell : {first, second}) {
    if (evidence.remark.empty()) evidence.remark = missing_text(input, cell);
  }
  if (!evidence.remark.empty()) return evidence;
  judge_pairs(claim, input.dsc.differences(first, second), evidence);
  if (evidence.pairs < kMinimumCases) {
    evidence.remark = fmt::format("{} test cases, {} are needed", evidence.pairs, kMinimumCases);
  }
  return evidence;
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
    for (const std::string& dataset : datasets_of(input.rows)) {
      const bool is_there =
          std::any_of(input.rows.begin(), input.rows.end(), [&](const ComparisonRow& row) {
            return row.dataset == dataset && row.backbone == backbone;
          });
      if (is_there) places.emplace_back(dataset, backbone);
    }
  }
  return places;
}

}  // namespace nmsw::reporting
