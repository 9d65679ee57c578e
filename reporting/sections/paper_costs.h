#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reporting/comparison.h"
#include "reporting/paper_timings.h"

namespace nmsw::reporting {

/// A cost column of Table 2.
struct CostColumn {
  const char* name;
  const char* title;
  const char* unit;
  std::optional<double> ComparisonRow::*member;
  bool has_reference;
};
const std::vector<CostColumn>& cost_columns();

/// A row's cost as the experiment has it: one number for all data sets, or "by dataset" (the cost
/// section has each).
Cell own_cost_cell(const std::vector<const ComparisonRow*>& rows, const CostColumn& column);

/// Costs at the paper's size: MACs and parameters from closed forms, whatever was run; seconds and
/// memory from the database's profiles of the paper's volume, those of the GPU and of the CPU that
/// were measured last. Seconds are comparable with the paper's on its device only, memory on a GPU.
class PaperCosts {
 public:
  explicit PaperCosts(const results::ResultStore& store);

  Cell cell(const std::string& backbone, const MethodKey& key, const CostColumn& column) const;

  /// Conventions, and the machines.
  std::vector<std::string> notes() const;

 private:
  Cell measured_cell(const std::string& backbone, const MethodKey& key,
                     const std::string& column) const;

  std::vector<PaperTiming> gpu_, cpu_;
};

}  // namespace nmsw::reporting
