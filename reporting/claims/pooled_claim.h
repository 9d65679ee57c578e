#pragma once

#include <functional>

#include "reporting/claims/claim.h"

namespace nmsw::reporting {

/// Two rows of every place (data set and backbone), and the paper's value of their difference.
struct Comparison {
  MethodKey first, second;
  std::function<std::string(const std::string& dataset, const std::string& backbone)> paper;
};

/// The difference in DSC, first - second, pooled: a value a case (mean over the classes its label
/// has, over seeds, over backbones), the mean over data sets of the means over cases, its interval
/// (pooled_mean.h). Not enough data where a cell is missing or a data set has fewer than
/// kMinimumCases cases.
Judgement judge_difference(const Claim& claim, const ClaimInput& input,
                           const Comparison& comparison);

/// "18 cases in 3 data sets, 1 seed".
std::string count_text(size_t cases, size_t datasets, size_t seeds);

/// "of these trained networks, on phantoms (WORD, Organ)"; the first part with fewer than
/// kMinimumSeeds seeds only.
std::string scope_text(const ClaimInput& input, const std::vector<std::string>& datasets,
                       size_t seeds);

/// Names the data sets where some are phantoms and some are not: no verdict speaks of both. Empty
/// where they are of one kind.
std::string mixed_text(const ClaimInput& input, const std::vector<std::string>& datasets);

/// How many more cases would decide an open verdict if the mean stayed: the interval shrinks with
/// the root of their number.
std::string cases_to_decide(const PooledMean& pooled, const Interval& interval, double threshold);

/// Puts Wilcoxon's p through Holm's correction over the cells that have one.
void correct_cells(std::vector<Evidence>& cells);

}  // namespace nmsw::reporting
