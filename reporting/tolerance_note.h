#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reporting/comparison.h"

namespace nmsw::reporting {

/// The tolerances of the NSD that the rows show, as stored: "NSD tolerance: 2 mm (WORD), 1.01 mm for
/// Mandible and 2.85 mm for the other classes (openkbp)."; nothing where there is no NSD. The rows
/// are of one experiment.
std::optional<std::string> tolerance_note(const results::ResultStore& store,
                                          const std::string& experiment,
                                          const std::vector<ComparisonRow>& rows);

}  // namespace nmsw::reporting
