#include "reporting/comparability.h"

#include "reporting/conventions.h"

namespace nmsw::reporting {
namespace {

constexpr double kPaperTolerance = 2;

}  // namespace

bool Comparability::has_dsc(const std::string& dataset) const {
  const auto known = is_phantom_.find(dataset);
  if (known != is_phantom_.end()) return !known->second;
  const bool is_phantom = data_source(store_, experiment_, dataset) == DataSource::phantom;
  is_phantom_[dataset] = is_phantom;
  return !is_phantom;
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
