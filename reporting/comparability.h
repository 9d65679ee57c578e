#pragma once

#include <map>
#include <string>

#include "reporting/comparison.h"

namespace nmsw::reporting {

/// What of an experiment's scores may be subtracted from the paper's: those of real cases of its
/// data sets at its patch and spacing (or of cases of which the database does not say what they
/// are), and NSD only in the authors' way, surface voxels within 2 voxels on the prepared grid.
class Comparability {
 public:
  Comparability(const results::ResultStore& store, std::string experiment)
      : store_(store), experiment_(std::move(experiment)) {}

  bool has_dsc(const std::string& dataset) const;
  bool has_nsd(const ComparisonRow& row) const;

  /// The row's score as the tables show it, with the paper's value beside it; the difference is
  /// taken from the pooled score. A null row is one that no experiment asks for.
  Cell dsc_cell(const ComparisonRow* row, const std::string& dataset, const std::string& reference,
                bool partial) const;
  Cell nsd_cell(const ComparisonRow* row, const std::string& dataset, const std::string& reference,
                bool partial) const;

 private:
  const results::ResultStore& store_;
  std::string experiment_;
  mutable std::map<std::string, bool> is_like_paper_;
};

}  // namespace nmsw::reporting
