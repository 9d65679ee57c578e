#pragma once

#include <cstdint>
#include <map>

#include "nmsw/config/evaluation_config.h"

namespace nmsw {

/// What a class scores that the label, the prediction or both lack.
///             label only        prediction only    neither
///   monai     DSC 0   NSD 0     DSC NaN   NSD 0    DSC NaN  NSD NaN   (the authors, METHOD 5)
///   deepmind  DSC 0   NSD 0     DSC 0     NSD 0    DSC NaN  NSD NaN
/// What the other metrics score then is said in the header of each.
using AbsentPolicy = AbsentClass;

/// mm: elements of the surface, weighed by their area, as google-deepmind/surface-distance does.
/// voxel: the voxels at the border of each mask, spacing ignored, as MONAI's compute_surface_dice
/// without spacing does.
using SurfaceUnit = NsdUnit;

/// How two label maps are scored.
struct ScoreOptions {
  /// With background, which is not scored.
  int64_t num_classes = 0;
  /// Of the surface Dice (NSD), in `unit`.
  double tolerance = 2.0;
  SurfaceUnit unit = SurfaceUnit::mm;
  AbsentPolicy absent = AbsentPolicy::monai;
  /// Tolerances of the classes, by index, that have another than `tolerance`; in `unit`.
  std::map<int64_t, double> class_tolerances = {};

  /// The tolerance that holds for a class.
  double tolerance_of(int64_t class_index) const {
    const auto own = class_tolerances.find(class_index);
    return own == class_tolerances.end() ? tolerance : own->second;
  }
};

}  // namespace nmsw
