#include "nmsw/metrics/nsd.h"

namespace nmsw {

double nsd(const ClassEvidence& evidence) {
  if (evidence.surfaces != nullptr)
    return surface_dice(*evidence.surfaces, evidence.options.tolerance_of(evidence.class_index));
  return evidence.voxels_label == 0 && evidence.voxels_prediction == 0 ? kUndefinedScore : 0;
}

}  // namespace nmsw
