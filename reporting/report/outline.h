#pragma once

#include <string>
#include <vector>

#include "reporting/section.h"

namespace nmsw::reporting {

/// Whose data a report is about.
struct Subject {
  /// The paper's data sets or phantoms of them, or nothing that would tell.
  bool has_paper = true;
  /// Real cases of data sets that the paper does not have, with their names in the paper's order.
  std::vector<std::string> own_datasets;
};

Subject subject_of(const SectionInput& input);

/// The sections in the order of a reader: own data first, that is its tables, curves and cases; the
/// paper's claims first where there is no own data, and not at all where there is nothing else. What
/// has nothing to show is named in one section at the end.
std::vector<Section> outline(const SectionInput& input, const Subject& subject);

/// Takes the paper's values and differences out of tables and figures.
void drop_paper_values(Section& section);

}  // namespace nmsw::reporting
