#include "runners/planning/forecast/training_forecast.h"

#include <algorithm>

#include "nmsw/config/training_memory.h"
#include "nmsw/cost/float_bytes.h"

namespace nmsw::runners {
namespace {

/// A training step runs forward and twice as much backward.
constexpr double kStepOverForward = 3;
/// Inputs that one data worker makes ahead.
constexpr double kItemsAhead = 3;
/// LibTorch and ITK loaded and at work, as measured.
constexpr double kProgramBytes = 300e6;
/// Weights, gradients, two moments, and the best weights so far.
constexpr double kCopiesOfWeights = 5;
/// Slabs of logits of the aggregated loss alive at once: sums, what is brought up, merged,
/// gradient, and its share for the patches.
constexpr double kLossSlabs = 6;

double known(int64_t bytes) { return bytes > 0 ? static_cast<double>(bytes) : kUnknown; }

double voxels_of(Int3 extent) {
  return static_cast<double>(extent[0]) * static_cast<double>(extent[1]) *
         static_cast<double>(extent[2]);
}

/// The cases that stay in memory, and those of the next steps: image, label, and what augmentation
/// makes of them beside each other.
double case_bytes(double voxels, int64_t cases, const TrainSpec& spec) {
  const auto further = static_cast<double>(channel_count(spec.data.descriptor) - 1);
  const double one = (kTrainingCaseBytesPerVoxel + kBytesPerFloat * further) * voxels;
  const double kept = std::min(static_cast<double>(kKeptCaseBytes) + one,
                               one * static_cast<double>(std::max<int64_t>(cases, 1)));
  if (spec.training.augmentation == Augmentation::none) return kept;
  // Of augmented cases the local training keeps patches alone.
  const double ahead = spec.scheme == TrainingScheme::local
                           ? 0
                           : std::min(kItemsAhead * one, static_cast<double>(kPrefetchBytes) + one);
  return kept + ahead + 2 * one;
}

}  // namespace

TrainingForecast forecast_training(const TrainSpec& spec, const PassInput& pass, int64_t cases,
                                   const BackboneCostModel& local,
                                   const BackboneCostModel& global) {
  const bool is_nmsw = spec.scheme == TrainingScheme::nmsw;
  const int64_t classes = pass.num_classes;
  const Int3 patch = pass.volume.patch_xyz;
  const double voxels = voxels_of(pass.volume.volume_xyz);
  Cost forward;
  double peak = kProgramBytes + case_bytes(voxels, cases, spec);
  double step = 0;
  if (spec.scheme != TrainingScheme::global) {
    const int64_t patches = is_nmsw ? spec.training.top_k_patches + spec.training.random_patches
                                    : spec.training.local_patches;
    forward = forward + local.cost(pass.in_channels, classes, patch) * static_cast<double>(patches);
    step += known(local.training_bytes(pass.in_channels, classes, patch)) *
            static_cast<double>(patches);
  }
  if (spec.scheme != TrainingScheme::local) {
    const Int3 coarse =
        coarse_extent(pass.volume.volume_xyz, pass.volume.downsize_rate_xyz, global.size_multiple);
    forward = forward + global.cost(pass.in_channels, classes, coarse);
    step += known(global.training_bytes(pass.in_channels, classes, coarse));
  }
  if (is_nmsw) {
    const auto merged = static_cast<double>(spec.training.top_k_patches);
    if (spec.model.aggregation == AggregationKind::conv) {
      forward = forward + conv_aggregation_cost(classes, patch) * merged;
      step += kStepOverForward * merged *
              static_cast<double>(conv_aggregation_peak_bytes(classes, patch));
    }
    // The aggregated loss sees the volume's logits a slab at a time (aggregated_loss.h).
    const double logits = static_cast<double>(classes) * voxels;
    step += kBytesPerFloat * kLossSlabs * std::min(logits, static_cast<double>(kLossSlabNumbers));
    step += (2 * kBytesPerFloat + 1) * voxels;  // importance sums, their mask
    step += kBytesPerFloat * static_cast<double>(classes) * merged * voxels_of(patch);
  }
  const auto steps = static_cast<double>(spec.training.epochs * spec.training.iterations_per_epoch);
  const Cost all = forward * (kStepOverForward * steps);
  return {all, peak + step + kCopiesOfWeights * kBytesPerFloat * forward.params};
}

}  // namespace nmsw::runners
