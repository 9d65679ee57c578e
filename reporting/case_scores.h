#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "reporting/labels.h"
#include "reporting/statistics.h"
#include "results/store.h"

namespace nmsw::reporting {

/// Where a score stands in the tables.
struct ScoreCell {
  std::string dataset, backbone;
  MethodKey key;
};

/// One metric of one experiment by case and class, for paired comparisons; the same grid, unit and
/// tolerance as the tables show, background left out. The draws of an order of patches are averaged
/// into one cell (without_draw) before anything else.
class CaseScores {
 public:
  CaseScores() = default;
  /// metric   "dsc" or "nsd"
  CaseScores(const results::ResultStore& store, const std::string& experiment,
             const std::string& metric);

  /// One more score.
  void add(const ScoreCell& cell, int64_t seed, const std::string& case_id, int64_t class_index,
           double value);
  void name_class(const std::string& dataset, int64_t class_index, const std::string& name);

  /// By case, then by seed.
  using CaseDifferences = std::map<std::string, std::map<int64_t, double>>;

  /// Mean over classes of `first` - `second` (or that of one class), for every case and seed that
  /// both have. A class counts where both are defined, so where the label has it; a case without
  /// such a class under one of the seeds is left out.
  CaseDifferences by_case(const ScoreCell& first, const ScoreCell& second,
                          std::optional<int64_t> class_index = std::nullopt) const;

  /// The same as rows of numbers, cases and seeds in their order.
  PairedDifferences differences(const ScoreCell& first, const ScoreCell& second) const;

  /// Names of a dataset's classes that have scores, by index.
  std::map<int64_t, std::string> classes(const std::string& dataset) const;

 private:
  /// By seed, case and class.
  using Scores = std::map<int64_t, std::map<std::string, std::map<int64_t, double>>>;

  const Scores& scores(const ScoreCell& cell) const;

  std::map<std::string, Scores> cells_;
  std::map<std::string, std::map<int64_t, std::string>> class_names_;
};

/// A data set's differences (or those in one class) averaged over seeds, then over the given pairs
/// of cells, one a backbone: what a pooled mean is made of. Only cases and seeds that every pair
/// has count.
CaseSample case_sample(const CaseScores& scores,
                       const std::vector<std::pair<ScoreCell, ScoreCell>>& pairs,
                       std::optional<int64_t> class_index = std::nullopt);

}  // namespace nmsw::reporting
