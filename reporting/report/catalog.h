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
};

/// The sections of a report in their order.
const std::vector<SectionEntry>& section_catalog();

}  // namespace nmsw::reporting
