#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "nmsw/base/volume.h"
#include "nmsw/metrics/score_options.h"

namespace nmsw {

/// What every metric of the catalog says of one class, in the unit of the options and of
/// `unit_of`. Safe to read from several threads at once.
struct ClassScores {
  int64_t class_index = 0;
  int64_t voxels_label = 0;
  int64_t voxels_prediction = 0;
  /// In the order of the catalog: what is stored and averaged, NaN where it is undefined.
  std::vector<double> values;
  /// Likewise: what `nmsw metrics` shows of a single class, which may be infinite.
  std::vector<double> shown_values;

  /// The entry of `values` or `shown_values` of the metric of that name. Throws ConfigError where
  /// there is no such metric.
  double value(std::string_view metric) const;
  double shown(std::string_view metric) const;
};

/// Scores of classes 1..num_classes-1, in order; the label's spacing holds. Each class is looked at
/// in its own bounding box only, in parallel; the result does not depend on the number of threads.
/// Throws DataError when the extents differ or a voxel is not below `num_classes`, ConfigError for
/// a negative tolerance or fewer than two classes.
std::vector<ClassScores> score_label_maps(const LabelVolume& prediction, const LabelVolume& label,
                                          const ScoreOptions& options);

/// Means in the order of the catalog, over the finite `values` of all entries pooled (the headline
/// mean of METHOD 5 when given every case's scores); NaN where there is none. Each entry has a
/// value for every metric.
std::vector<double> mean_scores(const std::vector<ClassScores>& scores);

}  // namespace nmsw
