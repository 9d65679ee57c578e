#pragma once

#include <map>
#include <string>
#include <utility>

#include "reporting/case_scores.h"

namespace nmsw::reporting {

/// The scores of a report's experiments, read once each. One database; one thread.
class CaseScoreCache {
 public:
  /// The reference stays valid. metric   "dsc" or "nsd"
  const CaseScores& of(const results::ResultStore& store, const std::string& experiment,
                       const std::string& metric) {
    const auto key = std::make_pair(experiment, metric);
    const auto found = kept_.find(key);
    if (found != kept_.end()) return found->second;
    return kept_.emplace(key, CaseScores(store, experiment, metric)).first->second;
  }

 private:
  std::map<std::pair<std::string, std::string>, CaseScores> kept_;
};

}  // namespace nmsw::reporting
