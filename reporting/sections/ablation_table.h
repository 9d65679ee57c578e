#pragma once

#include <string>
#include <vector>

#include "reporting/comparison.h"

namespace nmsw::reporting {

/// The paper's ablation figure as numbers: a row for each backbone, dataset and series (NMSW with
/// and without class weights, random foreground, zoom-out), a column for each number of patches,
/// the paper's bars beside. Rows of the paper's datasets and measured backbones; no rows where no
/// series with a number of patches was planned on them.
Table ablation_table(const std::vector<ComparisonRow>& rows, const std::string& experiment,
                     const SectionInput& input);

}  // namespace nmsw::reporting
