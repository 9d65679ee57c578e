#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "reporting/case_score_cache.h"
#include "reporting/figure.h"
#include "reporting/table.h"
#include "results/store.h"

namespace nmsw::reporting {

/// Folder of the pages of cases, inside the report's.
inline constexpr const char* kCasePages = "cases";

/// What a section is made from. Sections read views only; they never open an image or compute a
/// metric.
struct SectionInput {
  const results::ResultStore& store;
  /// The experiments of the report, at least one unless the database is empty.
  std::vector<std::string> experiments;
  /// Also show values of cells whose cases are not all there.
  bool partial = false;
  /// The report's; empty: nothing can be linked.
  std::filesystem::path folder{};
  /// What sections have read already.
  std::shared_ptr<CaseScoreCache> cache = std::make_shared<CaseScoreCache>();

  /// metric   "dsc" or "nsd"
  const CaseScores& scores(const std::string& experiment, const std::string& metric) const {
    return cache->of(store, experiment, metric);
  }
};

/// One part of the report, independent of the output format.
struct Section {
  std::string id;
  std::string title;
  std::vector<std::string> paragraphs;
  std::vector<Table> tables;
  std::vector<Figure> figures;
  /// Said when there are neither tables nor figures.
  std::string empty_message;
};

}  // namespace nmsw::reporting
