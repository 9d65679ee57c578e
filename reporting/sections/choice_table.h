#pragma once

#include <string>

#include "reporting/claims/claim.h"
#include "reporting/section.h"

namespace nmsw::reporting {

/// One data set and backbone: a row for every order of patches, a group of columns for every k with
/// the mean DSC and the paired difference from the random order, its interval over cases.
Table choice_table(const ClaimInput& claims, const std::string& dataset,
                   const std::string& backbone, const SectionInput& input);

/// Mean DSC against k on one data set, a panel for every backbone, a line for every order; the
/// sliding window as a level.
Figure choice_figure(const ClaimInput& claims, const std::string& dataset,
                     const SectionInput& input);

/// The smallest k at which each order's mean DSC is at most 0.01 below that of the sliding window,
/// and of NMSW with all patches, and its share of the sliding window's MACs.
Table choice_reach_table(const ClaimInput& claims, const SectionInput& input);

}  // namespace nmsw::reporting
