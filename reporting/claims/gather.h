#pragma once

#include "reporting/claims/claim.h"

namespace nmsw::reporting {

// What the database says about each claim, a cell at a time.

/// NMSW (k=30) against the sliding window, and NMSW with all patches.
std::vector<Evidence> gather_accuracy(const Claim& claim, const ClaimInput& input);
std::vector<Evidence> gather_full_coverage(const Claim& claim, const ClaimInput& input);
/// What patches 31 to 50 add.
std::vector<Evidence> gather_saturation(const Claim& claim, const ClaimInput& input);
/// NMSW (k=30) with class weights against without.
std::vector<Evidence> gather_class_weights(const Claim& claim, const ClaimInput& input);
/// NMSW against random foreground at k = 5 and 30, in the class where it gains least.
std::vector<Evidence> gather_random_foreground(const Claim& claim, const ClaimInput& input);

/// Share of the sliding window's MACs that NMSW (k=30) saves, in the paper's convention.
std::vector<Evidence> gather_macs(const Claim& claim, const ClaimInput& input);
/// How many times faster NMSW (k=30) is, on GPUs and on CPUs.
std::vector<Evidence> gather_gpu_speed(const Claim& claim, const ClaimInput& input);
std::vector<Evidence> gather_cpu_speed(const Claim& claim, const ClaimInput& input);

/// MedNeXt's class weights against those of each other backbone, class by class.
std::vector<Evidence> gather_trust(const Claim& claim, const ClaimInput& input);

}  // namespace nmsw::reporting
