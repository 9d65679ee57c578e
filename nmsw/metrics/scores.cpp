#include "nmsw/metrics/scores.h"

#include <cmath>
#include <limits>

#include "nmsw/base/error.h"
#include "nmsw/metrics/class_regions.h"
#include "nmsw/metrics/surface_distances.h"

namespace nmsw {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();
constexpr double kHausdorffPercent = 95;

double dice(const ClassRegion& region, AbsentPolicy absent) {
  const int64_t both_sizes = region.voxels_label + region.voxels_prediction;
  const bool label_decides = absent == AbsentPolicy::monai;
  if (label_decides ? region.voxels_label == 0 : both_sizes == 0) return kUndefined;
  return 2 * static_cast<double>(region.voxels_both) / static_cast<double>(both_sizes);
}

struct SurfaceScores {
  double nsd;
  double hd95;
};

SurfaceScores surface_scores(const LabelVolume& prediction, const LabelVolume& label,
                             int64_t class_index, const Box& box, const ScoreOptions& options) {
  const Mask in_label = class_mask(label, class_index, box);
  const Mask in_prediction = class_mask(prediction, class_index, box);
  if (options.unit == SurfaceUnit::voxel) {
    const SurfaceDistances distances = surface_distances_voxel(in_label, in_prediction, {1, 1, 1});
    return {surface_dice(distances, options.tolerance),
            interpolated_hausdorff(distances, kHausdorffPercent)};
  }
  const SurfaceDistances distances =
      surface_distances_mm(in_label, in_prediction, label.geometry.spacing_xyz_mm);
  return {surface_dice(distances, options.tolerance),
          weighted_hausdorff(distances, kHausdorffPercent)};
}

/// Without a distance transform where one of the two has no surface at all.
SurfaceScores absent_surface_scores(const ClassRegion& region, SurfaceUnit unit) {
  const bool neither = region.voxels_label == 0 && region.voxels_prediction == 0;
  return {neither ? kUndefined : 0,
          unit == SurfaceUnit::mm ? std::numeric_limits<double>::infinity() : kUndefined};
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

void count_distance(bool is_absent, double longest, ClassScores& scores) {
  if (scores.voxels_label > 0) scores.missed = scores.voxels_prediction == 0 ? 1 : 0;
  if (std::isnan(scores.dsc)) return;
  scores.hd95_counted = is_absent ? longest : scores.hd95;
}

class FiniteMean {
 public:
  void add(double value) {
    if (!std::isfinite(value)) return;
    sum_ += value;
    ++count_;
  }
  double value() const { return count_ == 0 ? kUndefined : sum_ / static_cast<double>(count_); }

 private:
  double sum_ = 0;
  int64_t count_ = 0;
};

}  // namespace

std::vector<ClassScores> score_label_maps(const LabelVolume& prediction, const LabelVolume& label,
                                          const ScoreOptions& options) {
  if (options.num_classes < 2 || options.num_classes > 256) {
    throw ConfigError("scores: {} classes; with the background there must be 2..256",
                      options.num_classes);
  }
  if (!(options.tolerance >= 0)) {
    throw ConfigError("scores: the tolerance {} must not be negative; correct 'tolerance'",
                      options.tolerance);
  }
  const std::vector<ClassRegion> regions = class_regions(prediction, label, options.num_classes);
  const double longest = diagonal(label, options.unit);
  std::vector<ClassScores> scores;
  for (int64_t index = 1; index < options.num_classes; ++index) {
    const ClassRegion& region = regions[index];
    const bool absent = region.voxels_label == 0 || region.voxels_prediction == 0;
    const SurfaceScores surface =
        absent ? absent_surface_scores(region, options.unit)
               : surface_scores(prediction, label, index, region.box, options);
    scores.push_back({index, dice(region, options.absent), surface.nsd, surface.hd95,
                      region.voxels_label, region.voxels_prediction});
    count_distance(absent, longest, scores.back());
  }
  return scores;
}

MeanScores mean_scores(const std::vector<ClassScores>& scores) {
  FiniteMean dsc;
  FiniteMean nsd;
  FiniteMean hd95;
  for (const ClassScores& score : scores) {
    dsc.add(score.dsc);
    nsd.add(score.nsd);
    hd95.add(score.hd95_counted);
  }
  return {dsc.value(), nsd.value(), hd95.value()};
}

}  // namespace nmsw
