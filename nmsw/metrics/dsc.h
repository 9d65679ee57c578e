#pragma once

#include "nmsw/metrics/class_evidence.h"

namespace nmsw {

/// Dice similarity (METHOD 5): twice the common voxels over the sum of both sizes, 0..1. Where only
/// the label has the class, 0. Where only the prediction has it, NaN under `monai`, whose
/// compute_dice lets the label decide, and 0 under `deepmind`. Where neither has it, NaN. Throws
/// nothing; safe from several threads at once.
double dsc(const ClassEvidence& evidence);

}  // namespace nmsw
