#pragma once

#include "reporting/section.h"

namespace nmsw::reporting {

/// The paper's claims with their thresholds and what this database shows.
Section claims_section(const SectionInput& input);
/// Table 1: seconds of the sliding window by device, beside the paper's.
Section table_1_section(const SectionInput& input);
/// Table 2: accuracy and cost of every inference method, beside the paper's values; the gap to the
/// sliding window.
Section comparison_section(const SectionInput& input);
/// The way from the sliding window to NMSW in parts: extra steps, global network, choice of
/// patches; the optimiser steps of each method's local network.
Section decomposition_section(const SectionInput& input);
/// The learned order of patches against other orders on the same trained networks, by k.
Section choice_section(const SectionInput& input);
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
/// Rows that differ from the plain ones by a setting or by the preset, and whether it matters.
Section variants_section(const SectionInput& input);
/// Learned class weights (paper, Fig. 5).
Section class_weights_section(const SectionInput& input);
/// DSC of every class with patches over that of the global prediction alone (paper, Fig. 7).
Section organ_gain_section(const SectionInput& input);
/// Score map and chosen patches early, midway and late in an NMSW training (paper, Fig. 6).
Section selection_section(const SectionInput& input);
/// A test case with every method's prediction and patches (paper, Fig. 4).
Section overlays_section(const SectionInput& input);
/// The test cases in which each method is worst and best, with links to their pages.
Section extreme_cases_section(const SectionInput& input);
/// Tasks that are not done, with their last error.
Section incomplete_section(const SectionInput& input);
/// Commit, machine and libraries of every finished run.
Section provenance_section(const SectionInput& input);

}  // namespace nmsw::reporting
