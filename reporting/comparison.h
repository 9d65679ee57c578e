#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reporting/labels.h"
#include "reporting/section.h"

namespace nmsw::reporting {

/// One row of the view v_comparison, or the mean of several that are draws of one order of patches.
struct ComparisonRow {
  std::string experiment, dataset, backbone;
  MethodKey key;
  int64_t seeds = 0, seeds_expected = 0, cases = 0, cases_expected = 0;
  /// Of a cross-validation; 0: none. Standard deviations are over seeds and folds.
  int64_t folds = 0;
  /// Draws of its order of patches; several have no standard deviation over seeds.
  int64_t draws = 1;
  bool is_complete = false;
  /// Means over classes of means over cases; pooled: over all pairs of a case and a class, as the
  /// paper's numbers are.
  std::optional<double> dsc, dsc_sd, nsd, nsd_sd, dsc_pooled, nsd_pooled;
  std::string nsd_unit, nsd_geometry;
  std::optional<double> nsd_tolerance;
  std::optional<double> macs_t, macs_paper_t, params_m, params_paper_m, gpu_s, cpu_s, memory_gb;
};

/// All rows of one experiment, in the paper's order. The draws of an order of patches are one row,
/// complete where all of them are, under the key without the draw (without_draw).
std::vector<ComparisonRow> read_comparison(const results::ResultStore& store,
                                           const std::string& experiment);

/// The row of a cell, or null.
const ComparisonRow* find_row(const std::vector<ComparisonRow>& rows, const std::string& dataset,
                              const std::string& backbone, const MethodKey& key);

/// The row of which `row` is a variant ("preset=authors", "estimator=authors"), or null where there
/// is none. A variant that changes the aggregation itself belongs to the row with class weights.
const ComparisonRow* plain_row_of(const std::vector<ComparisonRow>& rows, const ComparisonRow& row);

/// The rows without the variants of other rows, which stand in the section on paper and code, and
/// without the controls (is_control), which stand in that on what makes the difference.
std::vector<ComparisonRow> without_variants(const std::vector<ComparisonRow>& rows);

/// A score as the tables show it. Incomplete rows give what is there ("12/20 cases", "1/3 seeds")
/// instead of a value; with `partial` the value as well, still marked incomplete.
Cell score_cell(const ComparisonRow& row, const std::optional<double>& value,
                const std::optional<double>& spread, bool partial);

/// "12/20 cases", "1/3 seeds"; empty for a complete row.
std::string progress_text(const ComparisonRow& row);

/// Distinct backbones and datasets in the paper's order.
std::vector<std::string> backbones_of(const std::vector<ComparisonRow>& rows);
std::vector<std::string> datasets_of(const std::vector<ComparisonRow>& rows);

/// "name_suffix" where the report covers several experiments, plain "name" otherwise: for file
/// names.
std::string id_for(const std::string& name, const std::string& experiment,
                   const SectionInput& input);

/// ", experiment 'x'" where the report covers several experiments.
std::string title_suffix(const std::string& experiment, const SectionInput& input);

/// Lower-case letters, digits and underscores only.
std::string file_word(const std::string& text);

}  // namespace nmsw::reporting
