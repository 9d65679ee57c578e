#include "reporting/comparability.h"

#include "reporting/conventions.h"
#include "reporting/paper_numbers.h"
#include "reporting/rows.h"

namespace nmsw::reporting {
namespace {

constexpr double kPaperTolerance = 2;

/// The paper's patch and spacing; nothing for a data set that it has not.
std::string paper_spacing(const std::string& dataset) {
  if (dataset == "word") return "[1.0,1.0,3.0]";
  return is_paper_dataset(dataset) ? "[1.5,1.5,1.5]" : "";
}

/// Real cases, prepared as the paper's, in every evaluation of the data set. What a database that
/// does not say where its cases come from holds, is what somebody wrote into it: it is left
/// comparable.
bool is_like_paper(const results::ResultStore& store, const std::string& experiment,
                   const std::string& dataset) {
  const DataSource source = data_source(store, experiment, dataset);
  if (source != DataSource::real) return source == DataSource::unknown;
  const Rows rows(store,
                  "SELECT DISTINCT json_extract(config_json, '$.data.descriptor.patch_xyz') AS "
                  "patch, json_extract(config_json, "
                  "'$.data.descriptor.preprocessing.spacing_xyz_mm') AS spacing FROM v_finished "
                  "WHERE kind = 'evaluate' AND experiment = " +
                      sql_quoted(experiment) + " AND dataset = " + sql_quoted(dataset));
  return rows.size() == 1 && rows.text(0, "patch") == "[128,128,128]" &&
         rows.text(0, "spacing") == paper_spacing(dataset);
}

}  // namespace

bool Comparability::has_dsc(const std::string& dataset) const {
  const auto known = is_like_paper_.find(dataset);
  if (known != is_like_paper_.end()) return known->second;
  return is_like_paper_[dataset] = is_like_paper(store_, experiment_, dataset);
}

bool Comparability::has_nsd(const ComparisonRow& row) const {
  return has_dsc(row.dataset) && row.nsd_unit == "voxel" && row.nsd_geometry == "prepared" &&
         row.nsd_tolerance == kPaperTolerance;
}

Cell Comparability::dsc_cell(const ComparisonRow* row, const std::string& dataset,
                             const std::string& reference, bool partial) const {
  Cell cell = row == nullptr ? unplanned_cell() : score_cell(*row, row->dsc, row->dsc_sd, partial);
  cell.reference = reference;
  cell.is_comparable = has_dsc(dataset);
  if (row != nullptr) cell.compared = row->dsc_pooled;
  return cell;
}

Cell Comparability::nsd_cell(const ComparisonRow* row, const std::string& dataset,
                             const std::string& reference, bool partial) const {
  Cell cell = row == nullptr ? unplanned_cell() : score_cell(*row, row->nsd, row->nsd_sd, partial);
  cell.reference = reference;
  cell.is_comparable = row == nullptr ? has_dsc(dataset) : has_nsd(*row);
  if (row != nullptr) cell.compared = row->nsd_pooled;
  return cell;
}

}  // namespace nmsw::reporting
