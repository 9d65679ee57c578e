#include "reporting/catalog.h"

#include "reporting/sections/sections.h"

namespace nmsw::reporting {

const std::vector<SectionEntry>& section_catalog() {
  static const std::vector<SectionEntry> sections{
      {"comparison", "Table 2 beside the paper's values, and the gap to the sliding window",
       comparison_section},
      {"classes", "DSC and NSD of every class", class_scores_section},
      {"top-k", "accuracy against the number of patches", top_k_section},
      {"training", "training and validation loss by epoch", learning_curves_section},
      {"speed", "stage times", speed_section},
      {"macs", "MACs and parameters in both conventions", macs_section},
      {"class-weights", "learned class weights", class_weights_section},
      {"incomplete", "tasks that are not done", incomplete_section},
      {"provenance", "commit, machine and libraries of the runs", provenance_section}};
  return sections;
}

}  // namespace nmsw::reporting
