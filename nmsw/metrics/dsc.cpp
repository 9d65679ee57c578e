#include "nmsw/metrics/dsc.h"

namespace nmsw {

double dsc(const ClassEvidence& evidence) {
  const int64_t both_sizes = evidence.voxels_label + evidence.voxels_prediction;
  const bool label_decides = evidence.options.absent == AbsentPolicy::monai;
  if (label_decides ? evidence.voxels_label == 0 : both_sizes == 0) return kUndefinedScore;
  return 2 * static_cast<double>(evidence.voxels_both) / static_cast<double>(both_sizes);
}

}  // namespace nmsw
