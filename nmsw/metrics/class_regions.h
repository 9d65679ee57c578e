#pragma once

#include <vector>

#include "nmsw/metrics/mask.h"

namespace nmsw {

/// Where a class is and how many voxels it has in each of two label maps.
struct ClassRegion {
  /// Of both maps together.
  Box box;
  int64_t voxels_label = 0;
  int64_t voxels_prediction = 0;
  int64_t voxels_both = 0;
};

/// The regions of classes 0..num_classes-1, found in one pass; the background's entry stays empty.
/// Throws DataError when the extents differ or a voxel is not below `num_classes`.
std::vector<ClassRegion> class_regions(const LabelVolume& prediction, const LabelVolume& label,
                                       int64_t num_classes);

}  // namespace nmsw
