#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reporting/case_scores.h"
#include "reporting/comparison.h"

namespace nmsw::reporting {

/// What the claims about one experiment are judged from.
struct ClaimInput {
  const results::ResultStore& store;
  std::string experiment;
  std::vector<ComparisonRow> rows;
  CaseScores dsc;
};
ClaimInput claim_input(const results::ResultStore& store, const std::string& experiment);

/// What one cell of the database says about a claim.
///
/// dataset    empty where the claim is about none
/// what       what tells the cell from others of the same dataset and backbone: "k=5", a device
/// measured   absent where something is missing; a point where nothing varies or too few cases are
///            there for an interval
/// paper      the same figure of the paper; empty where it gives none
/// p          Wilcoxon's, of the difference from 0
/// pairs      cases (or classes) compared
/// remark     what is missing, or what else a reader should know
struct Evidence {
  std::string dataset, backbone, what;
  std::optional<Interval> measured;
  std::string paper;
  std::optional<double> p;
  size_t pairs = 0;
  std::string remark;
  Verdict verdict = Verdict::undecided;
};

enum class Bound { at_least, at_most };

/// A statement of the paper and what decides it. The thresholds are the paper's own worst figures,
/// so that a database like the paper's confirms every claim.
///
/// threshold_text   the threshold in words, with the figure of the paper that it is
struct Claim {
  std::string_view name;
  std::string_view statement;
  std::string_view threshold_text;
  Bound bound = Bound::at_least;
  double threshold = 0;
  std::string_view unit;
  int decimals = 3;
  std::vector<Evidence> (*gather)(const Claim& claim, const ClaimInput& input);
};

/// Holds where all of the interval is on the right side of the threshold, fails where all of it is
/// on the wrong one.
Verdict decide(const Claim& claim, const Interval& measured);

/// One verdict from all cells: fails with any that fails, holds with any that holds otherwise.
Verdict overall(const std::vector<Evidence>& evidence);

/// "holds", "does not hold", "not enough data".
std::string verdict_text(Verdict verdict);

/// "+0.003", "90.7 %", "11.5×": a figure as the claim writes it.
std::string figure_text(const Claim& claim, double value);
/// Whether the interval's ends are the same figure.
bool is_point(const Claim& claim, const Interval& interval);
/// The figure with its interval in brackets unless it is a point.
std::string interval_text(const Claim& claim, const Interval& interval);

/// Puts what paired differences say into the evidence; too few of them leave it undecided.
void judge_pairs(const Claim& claim, const PairedDifferences& differences, Evidence& evidence);

/// Difference in DSC between two rows of a dataset and backbone, case by case, judged by the claim.
Evidence compare_dsc(const Claim& claim, const ClaimInput& input, const ScoreCell& first,
                     const ScoreCell& second);

/// The same difference of the paper's numbers, "" where one is absent.
std::string paper_difference(const std::string& first, const std::string& second);

/// Every dataset with every backbone of the experiment.
std::vector<std::pair<std::string, std::string>> places_of(const ClaimInput& input);

}  // namespace nmsw::reporting
