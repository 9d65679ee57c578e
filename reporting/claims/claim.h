#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reporting/case_scores.h"
#include "reporting/comparison.h"

namespace nmsw::reporting {

/// What the claims about one experiment are judged from.
///
/// rows       the plain rows
/// controls   rows that isolate a part of NMSW (is_control)
struct ClaimInput {
  const results::ResultStore& store;
  std::string experiment;
  std::vector<ComparisonRow> rows;
  std::vector<ComparisonRow> controls;
  CaseScores dsc;
};
ClaimInput claim_input(const results::ResultStore& store, const std::string& experiment);
/// With scores that have been read already: those of the DSC.
ClaimInput claim_input(const results::ResultStore& store, const std::string& experiment,
                       CaseScores dsc);

/// What one cell of the database (a backbone on a data set, a device) says. Cells explain a
/// verdict, they do not make it.
///
/// dataset    empty where the claim is about none
/// what       what tells the cell from others of the same dataset and backbone: "k=5", a device
/// measured   absent where something is missing; a point where nothing varies or too few cases are
///            there for an interval
/// paper      the same figure of the paper; empty where it gives none
/// p          Wilcoxon's, of the difference from 0, after Holm over the claim's cells
/// pairs      cases (trainings, repeats) compared
/// remark     what is missing, or what else a reader should know
struct Evidence {
  std::string dataset, backbone, what;
  std::optional<Interval> measured;
  std::string paper;
  std::optional<double> p;
  size_t pairs = 0;
  std::string remark;
  Verdict verdict = Verdict::no_data;
  /// Whether `measured` may be subtracted from the paper's figure.
  bool is_comparable = false;
};

/// A verdict with what it rests on.
///
/// measured    the pooled effect with its interval; a point where it is exact
/// count       "18 cases in 3 data sets, 1 seed", "3 repeats"
/// scope       what the verdict speaks of: "of these trained networks, on phantoms (WORD)"
/// to_decide   what would decide an open verdict
/// remark      what is missing, the weakest cell, or what else a reader should know
struct Judgement {
  Verdict verdict = Verdict::no_data;
  std::optional<Interval> measured;
  std::string count;
  std::string scope;
  std::string to_decide;
  std::string remark;
  std::vector<Evidence> cells;
};

enum class Bound { at_least, at_most };

/// A statement of the paper and what decides it.
///
/// threshold_text   the threshold in words, with the figure of the paper that it is
/// is_strict        the threshold itself is not enough: a claim of "> 0"
struct Claim {
  std::string_view name;
  std::string_view statement;
  std::string_view threshold_text;
  Bound bound = Bound::at_least;
  double threshold = 0;
  std::string_view unit;
  int decimals = 3;
  Judgement (*judge)(const Claim& claim, const ClaimInput& input);
  bool is_strict = false;
};

/// Holds where all of the interval is on the right side of the threshold, fails where all of it is
/// on the wrong one, undecided otherwise.
Verdict decide(const Claim& claim, const Interval& measured);

/// Whether methods that do not differ at all meet the threshold: a claim of non-inferiority.
bool allows_no_difference(const Claim& claim);

/// "holds", "does not hold", "undecided", "not enough data".
std::string verdict_text(Verdict verdict);

/// "+0.003", "90.7 %", "11.5×": a figure as the claim writes it.
std::string figure_text(const Claim& claim, double value);
/// Whether the interval's ends are the same figure.
bool is_point(const Claim& claim, const Interval& interval);
/// The figure with its interval in brackets unless it is a point.
std::string interval_text(const Claim& claim, const Interval& interval);

/// "UNet, WORD, k=5".
std::string place_text(const Evidence& evidence);

/// The cell that is farthest on the wrong side among those measured; null where none is.
const Evidence* weakest_of(const Claim& claim, const std::vector<Evidence>& cells);

/// What keeps a row from being compared ("NMSW (k=50) is not run"); empty where nothing does.
std::string missing_text(const ClaimInput& input, const ScoreCell& cell);

/// Every dataset with every backbone of the experiment.
std::vector<std::pair<std::string, std::string>> places_of(const ClaimInput& input);

/// The difference of two numbers of the paper, "" where one is absent.
std::string paper_difference(const std::string& first, const std::string& second);

}  // namespace nmsw::reporting
