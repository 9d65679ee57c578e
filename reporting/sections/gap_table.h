#pragma once

#include <string>
#include <vector>

#include "reporting/comparison.h"

namespace nmsw::reporting {

/// What a method costs in accuracy and saves in work against the sliding window of the same
/// backbone, data and seeds, with a 95 % interval and Wilcoxon's test over the cases: the
/// comparison that holds whatever the data are. No rows where there is no sliding window.
Table gap_table(const std::vector<ComparisonRow>& rows, const std::string& experiment,
                const SectionInput& input);

}  // namespace nmsw::reporting
