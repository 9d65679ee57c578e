#pragma once

#include <cstdint>
#include <limits>

#include "nmsw/metrics/score_options.h"
#include "nmsw/metrics/surface_distances.h"

namespace nmsw {

/// What a metric returns where it is undefined: left out of means, stored as NULL.
inline constexpr double kUndefinedScore = std::numeric_limits<double>::quiet_NaN();

/// What two label maps say of one class: all that a metric may look at. It is found once for all
/// metrics, so that none has to search for distances again.
struct ClassEvidence {
  /// From 1; the background is not scored.
  int64_t class_index = 0;
  int64_t voxels_label = 0;
  int64_t voxels_prediction = 0;
  /// Voxels that have the class in both maps.
  int64_t voxels_both = 0;
  /// Between the class's two surfaces, in the unit of the options; null where the label or the
  /// prediction lacks the class. Not owned: it is valid while the metrics of this class run.
  const SurfaceDistances* surfaces = nullptr;
  /// The diagonal of the label's volume, in the unit of the options.
  double longest_distance = 0;
  ScoreOptions options;
};

}  // namespace nmsw
