#pragma once

#include <map>
#include <string>

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
/// tolerance as the tables show, background left out.
class CaseScores {
 public:
  /// metric   "dsc" or "nsd"
  CaseScores(const results::ResultStore& store, const std::string& experiment,
             const std::string& metric);

  /// Mean over classes of `first` - `second`, for every case and seed that both have. A class
  /// counts where both are defined; a case without such a class under one of the seeds is left out.
  PairedDifferences differences(const ScoreCell& first, const ScoreCell& second) const;

  /// The same for a single class.
  PairedDifferences class_differences(const ScoreCell& first, const ScoreCell& second,
                                      int64_t class_index) const;

  /// Names of a dataset's classes that have scores, by index.
  std::map<int64_t, std::string> classes(const std::string& dataset) const;

 private:
  /// By seed, case and class.
  using Scores = std::map<int64_t, std::map<std::string, std::map<int64_t, double>>>;

  const Scores& scores(const ScoreCell& cell) const;
  template <class Difference>
  PairedDifferences paired(const ScoreCell& first, const ScoreCell& second,
                           Difference difference) const;

  std::map<std::string, Scores> cells_;
  std::map<std::string, std::map<int64_t, std::string>> class_names_;
};

}  // namespace nmsw::reporting
