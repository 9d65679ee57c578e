#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "nmsw/base/volume.h"
#include "nmsw/config/evaluation_config.h"

namespace nmsw {

/// What a class scores that the label, the prediction or both lack.
///             label only        prediction only    neither
///   monai     DSC 0   NSD 0     DSC NaN   NSD 0    DSC NaN  NSD NaN   (the authors, METHOD 5)
///   deepmind  DSC 0   NSD 0     DSC 0     NSD 0    DSC NaN  NSD NaN
/// HD95 is +infinity in mm wherever one of the two is empty (surface-distance), NaN in voxels; for
/// means it is counted where the DSC is (`hd95_counted`).
using AbsentPolicy = AbsentClass;

/// mm: elements of the surface, weighed by their area, as google-deepmind/surface-distance does.
/// voxel: the voxels at the border of each mask, spacing ignored, as MONAI's compute_surface_dice
/// without spacing does.
using SurfaceUnit = NsdUnit;

struct ScoreOptions {
  /// With background, which is not scored.
  int64_t num_classes = 0;
  /// Of the surface Dice (NSD), in `unit`.
  double tolerance = 2.0;
  SurfaceUnit unit = SurfaceUnit::mm;
  AbsentPolicy absent = AbsentPolicy::monai;
};

/// NaN where a score is undefined; hd95 may be +infinity, which counts as undefined in means and in
/// storage.
struct ClassScores {
  int64_t class_index = 0;
  double dsc = 0;
  double nsd = 0;
  /// The larger of the two directed 95% distances, in the unit of the options.
  double hd95 = 0;
  int64_t voxels_label = 0;
  int64_t voxels_prediction = 0;
  /// What is stored and averaged as HD95, so that no mean gets better by missing a class: defined
  /// exactly where the DSC is, and the diagonal of the label's volume, the longest distance in it,
  /// where only one of the two has the class (the label in either policy, the prediction where
  /// `deepmind` counts it).
  double hd95_counted = std::numeric_limits<double>::quiet_NaN();
  /// 1 where the label has the class and the prediction lacks it, 0 where both have it, NaN where
  /// the label lacks it: tells a missed class from an absent one.
  double missed = std::numeric_limits<double>::quiet_NaN();
};

/// Scores of classes 1..num_classes-1, in order; the label's spacing holds. Each class is looked at
/// in its own bounding box only, in parallel; the result does not depend on the number of threads.
/// Throws DataError when the extents differ or a voxel is not below `num_classes`, ConfigError for
/// a negative tolerance or fewer than two classes.
std::vector<ClassScores> score_label_maps(const LabelVolume& prediction, const LabelVolume& label,
                                          const ScoreOptions& options);

struct MeanScores {
  double dsc = 0;
  double nsd = 0;
  double hd95 = 0;
};

/// Means over the finite values of all entries pooled (the headline mean of METHOD 5 when given
/// every case's scores), of HD95 over `hd95_counted`; NaN where there is none.
MeanScores mean_scores(const std::vector<ClassScores>& scores);

}  // namespace nmsw
