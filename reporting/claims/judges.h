#pragma once

#include "reporting/claims/claim.h"

namespace nmsw::reporting {

// What the database says about each claim.

/// NMSW (k=30) against the sliding window, and NMSW with all patches.
Judgement judge_accuracy(const Claim& claim, const ClaimInput& input);
Judgement judge_full_coverage(const Claim& claim, const ClaimInput& input);
/// What patches 31 to 50 add.
Judgement judge_saturation(const Claim& claim, const ClaimInput& input);
/// NMSW (k=30) with class weights against without.
Judgement judge_class_weights(const Claim& claim, const ClaimInput& input);
/// NMSW (k=5) against foreground patches in random order, organ by organ: on NMSW's own networks
/// where such rows are planned, else against the paper's random foreground.
Judgement judge_random_foreground(const Claim& claim, const ClaimInput& input);

/// Share of the sliding window's MACs that NMSW (k=30) saves at the paper's size, in the paper's
/// convention: exact, from closed forms.
Judgement judge_macs(const Claim& claim, const ClaimInput& input);
/// How many times faster NMSW (k=30) is, on GPUs and on CPUs: MedNeXt, whose seconds the paper's
/// sentences give, on one device.
Judgement judge_gpu_speed(const Claim& claim, const ClaimInput& input);
Judgement judge_cpu_speed(const Claim& claim, const ClaimInput& input);

/// MedNeXt's mean class weight against that of each other backbone; a value is a training.
Judgement judge_trust(const Claim& claim, const ClaimInput& input);

}  // namespace nmsw::reporting
