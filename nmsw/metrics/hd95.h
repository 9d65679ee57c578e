#pragma once

#include "nmsw/metrics/class_evidence.h"

namespace nmsw {

/// The larger of the two directed 95% surface distances (METHOD 5), in the unit of the options: in
/// mm surface-distance's robust Hausdorff distance, in voxels MONAI's percentile. Where the label,
/// the prediction or both lack the class: +infinity in mm, NaN in voxels, as those two give it.
/// Throws nothing; safe from several threads at once.
double hd95(const ClassEvidence& evidence);

/// What is stored and averaged as HD95, so that no mean gets better by missing a class: defined
/// exactly where the DSC is, and the diagonal of the label's volume, the longest distance in it,
/// where only one of the two has the class (the label in either policy, the prediction where
/// `deepmind` counts it). Throws nothing; safe from several threads at once.
double hd95_counted(const ClassEvidence& evidence);

}  // namespace nmsw
