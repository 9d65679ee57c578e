#include "nmsw/metrics/scores.h"

#include <cmath>
#include <optional>

#include "nmsw/base/error.h"
#include "nmsw/metrics/catalog.h"
#include "nmsw/metrics/class_regions.h"

namespace nmsw {
namespace {

void require_valid(const ScoreOptions& options) {
  if (options.num_classes < 2 || options.num_classes > 256) {
    throw ConfigError("scores: {} classes; with the background there must be 2..256",
                      options.num_classes);
  }
  for (int64_t index = 1; index < options.num_classes; ++index) {
    const double tolerance = options.tolerance_of(index);
    if (tolerance >= 0) continue;
    throw ConfigError("scores: the tolerance {} must not be negative; correct 'tolerance'",
                      tolerance);
  }
}

/// Nothing where one of the two has no surface at all: no distance is searched for then.
std::optional<SurfaceDistances> class_surfaces(const LabelVolume& prediction,
                                               const LabelVolume& label, int64_t class_index,
                                               const ClassRegion& region, SurfaceUnit unit) {
  if (region.voxels_label == 0 || region.voxels_prediction == 0) return std::nullopt;
  const Mask in_label = class_mask(label, class_index, region.box);
  const Mask in_prediction = class_mask(prediction, class_index, region.box);
  if (unit == SurfaceUnit::voxel)
    return surface_distances_voxel(in_label, in_prediction, {1, 1, 1});
  return surface_distances_mm(in_label, in_prediction, label.geometry.spacing_xyz_mm);
}

double diagonal(const LabelVolume& label, SurfaceUnit unit) {
  double square = 0;
  for (size_t axis = 0; axis < 3; ++axis) {
    const double spacing = unit == SurfaceUnit::mm ? label.geometry.spacing_xyz_mm[axis] : 1;
    const double length = spacing * static_cast<double>(label.geometry.extent_xyz[axis]);
    square += length * length;
  }
  return std::sqrt(square);
}

ClassScores scores_of(const ClassEvidence& evidence) {
  ClassScores scores;
  scores.class_index = evidence.class_index;
  scores.voxels_label = evidence.voxels_label;
  scores.voxels_prediction = evidence.voxels_prediction;
  for (const MetricEntry& metric : metric_catalog()) {
    const double value = metric.value(evidence);
    scores.values.push_back(value);
    scores.shown_values.push_back(metric.shown == nullptr ? value : metric.shown(evidence));
  }
  return scores;
}

class FiniteMean {
 public:
  void add(double value) {
    if (!std::isfinite(value)) return;
    sum_ += value;
    ++count_;
  }
  double value() const {
    return count_ == 0 ? kUndefinedScore : sum_ / static_cast<double>(count_);
  }

 private:
  double sum_ = 0;
  int64_t count_ = 0;
};

}  // namespace

double ClassScores::value(std::string_view metric) const { return values.at(metric_index(metric)); }

double ClassScores::shown(std::string_view metric) const {
  return shown_values.at(metric_index(metric));
}

std::vector<ClassScores> score_label_maps(const LabelVolume& prediction, const LabelVolume& label,
                                          const ScoreOptions& options) {
  require_valid(options);
  const std::vector<ClassRegion> regions = class_regions(prediction, label, options.num_classes);
  const double longest = diagonal(label, options.unit);
  std::vector<ClassScores> scores;
  for (int64_t index = 1; index < options.num_classes; ++index) {
    const ClassRegion& region = regions[index];
    const std::optional<SurfaceDistances> surfaces =
        class_surfaces(prediction, label, index, region, options.unit);
    scores.push_back(
        scores_of({index, region.voxels_label, region.voxels_prediction, region.voxels_both,
                   surfaces ? &*surfaces : nullptr, longest, options}));
  }
  return scores;
}

std::vector<double> mean_scores(const std::vector<ClassScores>& scores) {
  std::vector<double> means;
  for (size_t metric = 0; metric < metric_catalog().size(); ++metric) {
    FiniteMean mean;
    for (const ClassScores& one : scores) mean.add(one.values.at(metric));
    means.push_back(mean.value());
  }
  return means;
}

}  // namespace nmsw
