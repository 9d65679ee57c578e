#include "nmsw/metrics/missed.h"

namespace nmsw {

double missed(const ClassEvidence& evidence) {
  if (evidence.voxels_label == 0) return kUndefinedScore;
  return evidence.voxels_prediction == 0 ? 1 : 0;
}

}  // namespace nmsw
