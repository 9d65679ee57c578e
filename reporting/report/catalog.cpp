#include "reporting/report/catalog.h"

#include "reporting/sections/sections.h"

namespace nmsw::reporting {

const std::vector<SectionEntry>& section_catalog() {
  static const std::vector<SectionEntry> sections{
      {"claims", "does the paper hold? Each claim, its threshold, what is measured, the verdict",
       claims_section, true},
      {"comparison", "Table 2 beside the paper's values, and the gap to the sliding window",
       comparison_section},
      {"top-k", "accuracy against the number of patches", top_k_section},
      {"training", "training and validation loss by epoch", learning_curves_section},
      {"overlays", "what each method looked at", overlays_section},
      {"classes", "DSC and NSD of every class", class_scores_section},
      {"cases", "worst and best test case of each method", extreme_cases_section},
      {"choice", "is the choice learned? The learned order of patches against others",
       choice_section},
      {"difference", "what makes the difference: extra steps, global network, choice of patches",
       decomposition_section},
      {"table-1", "Table 1: seconds of the sliding window by device", table_1_section, true},
      {"speed", "stage times", speed_section},
      {"macs", "MACs and parameters in both conventions", macs_section},
      {"class-weights", "learned class weights", class_weights_section},
      {"organ-gain", "gain of every class over the global prediction", organ_gain_section},
      {"selection", "choice of patches during training", selection_section},
      {"variants", "the paper's settings against the authors' code: which differences matter",
       variants_section},
      {"incomplete", "tasks that are not done", incomplete_section},
      {"provenance", "commit, machine and libraries of the runs", provenance_section}};
  return sections;
}

}  // namespace nmsw::reporting
