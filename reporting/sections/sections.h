#pragma once

#include "reporting/section.h"

namespace nmsw::reporting {

/// Table 2: accuracy and cost of every inference method, beside the paper's values; the gap to the
/// sliding window.
Section comparison_section(const SectionInput& input);
/// DSC and NSD of every class, a table a dataset.
Section class_scores_section(const SectionInput& input);
/// Accuracy against the number of patches, as a figure and a table (paper, ablation figure).
Section top_k_section(const SectionInput& input);
/// Training and validation loss by epoch.
Section learning_curves_section(const SectionInput& input);
/// Stage times of the profiles and of the evaluations.
Section speed_section(const SectionInput& input);
/// MACs and parameters in both conventions, beside the paper's.
Section macs_section(const SectionInput& input);
/// Learned class weights (paper, Fig. 5).
Section class_weights_section(const SectionInput& input);
/// Tasks that are not done, with their last error.
Section incomplete_section(const SectionInput& input);
/// Commit, machine and libraries of every finished run.
Section provenance_section(const SectionInput& input);

}  // namespace nmsw::reporting
