#pragma once

#include <string_view>
#include <vector>

#include "reporting/section.h"

namespace nmsw::reporting {

struct SectionEntry {
  std::string_view name;
  /// One line for lists and README.
  std::string_view summary;
  Section (*build)(const SectionInput&);
  /// Speaks of the paper alone: left out where the database holds only other people's data.
  bool is_about_paper = false;
};

/// The sections of a report in their order.
const std::vector<SectionEntry>& section_catalog();

}  // namespace nmsw::reporting
