#include "nmsw/metrics/surface_distances.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "nmsw/metrics/nearest_place.h"
#include "nmsw/metrics/surface_element_areas.h"
#include "nmsw/metrics/surface_places.h"

namespace nmsw {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();
constexpr double kFar = std::numeric_limits<double>::infinity();
/// The different weights of elements, and which of them each code has.
struct ElementWeights {
  std::vector<double> weights;
  std::array<uint32_t, 256> of_code{};
};

ElementWeights element_weights(const std::array<double, 256>& areas) {
  ElementWeights found;
  found.weights.assign(areas.begin(), areas.end());
  std::sort(found.weights.begin(), found.weights.end());
  found.weights.erase(std::unique(found.weights.begin(), found.weights.end()), found.weights.end());
  for (size_t code = 0; code < areas.size(); ++code) {
    const auto place = std::lower_bound(found.weights.begin(), found.weights.end(), areas[code]);
    found.of_code[code] = static_cast<uint32_t>(place - found.weights.begin());
  }
  return found;
}

/// A surface as places and what the element at each weighs.
struct Surface {
  Mask places;
  /// Null where all weigh the same.
  const Mask* mask = nullptr;

  uint32_t weight(const ElementWeights& weights, Int3 at) const {
    return mask == nullptr ? 0 : weights.of_code[corner_code(*mask, at[0], at[1], at[2])];
  }
};

template <class Visit>
void for_each_set(const Mask& mask, int64_t y, int64_t z, const Visit& visit) {
  const uint64_t* row = mask.row(y, z);
  for (int64_t i = 0; i < mask.words_per_row(); ++i) {
    for (uint64_t left = row[i]; left != 0; left &= left - 1)
      visit(Int3{i * Mask::kWordBits + __builtin_ctzll(left), y, z});
  }
}

std::vector<EqualElements> directed(const Surface& from, const Surface& to, Real3 spacing,
                                    const ElementWeights& weights) {
  const Int3 extent = from.places.extent_xyz();
  const NearestPlace nearest(to.places, spacing);
  ElementCounts counts;
  const bool worth_threads = from.places.voxel_count() >= kVoxelsWorthThreads;
#pragma omp parallel if (worth_threads)
  {
    ElementCounts own;
    NearestPlace::Walk walk(nearest);
#pragma omp for schedule(dynamic) nowait
    for (int64_t z = 0; z < extent[2]; ++z) {
      for (int64_t y = 0; y < extent[1]; ++y) {
        for_each_set(from.places, y, z, [&](Int3 at) {
          own.add(walk.squared_distance(at), from.weight(weights, at));
        });
      }
    }
#pragma omp critical(nmsw_element_counts)
    counts.add_all(own);
  }
  return counts.sorted(weights.weights);
}

SurfaceDistances both_directions(const Surface& label, const Surface& prediction, Real3 spacing,
                                 const ElementWeights& weights) {
  return {directed(label, prediction, spacing, weights),
          directed(prediction, label, spacing, weights)};
}

/// Adds the weights one by one, as the elements' order has it: that decides how the sum is rounded.
void add_weights(const EqualElements& elements, double& sum) {
  for (int64_t i = 0; i < elements.count; ++i) sum += elements.weight;
}

double weight_within(const std::vector<EqualElements>& elements, double tolerance) {
  double sum = 0;
  for (const EqualElements& equal : elements) {
    if (equal.distance <= tolerance) add_weights(equal, sum);
  }
  return sum;
}

double weighted_percentile(const std::vector<EqualElements>& elements, double percent) {
  if (elements.empty()) return kFar;
  const double total = total_weight(elements);
  double sum = 0;
  for (const EqualElements& equal : elements) {
    add_weights(equal, sum);
    if (sum / total >= percent / 100) return equal.distance;
  }
  return elements.back().distance;
}

/// Of the element with that index, from 0.
double distance_at(const std::vector<EqualElements>& elements, int64_t index) {
  for (const EqualElements& equal : elements) {
    index -= equal.count;
    if (index < 0) return equal.distance;
  }
  return kFar;
}

double interpolated_percentile(const std::vector<EqualElements>& elements, double percent) {
  const int64_t last = element_count(elements) - 1;
  const double rank = percent / 100 * static_cast<double>(last);
  const auto below = static_cast<int64_t>(rank);
  const double share = rank - static_cast<double>(below);
  return distance_at(elements, below) * (1 - share) +
         distance_at(elements, std::min(below + 1, last)) * share;
}

}  // namespace

SurfaceDistances surface_distances_mm(const Mask& label, const Mask& prediction,
                                      Real3 spacing_xyz_mm) {
  return both_directions({surface_corners(label), &label},
                         {surface_corners(prediction), &prediction}, spacing_xyz_mm,
                         element_weights(surface_element_areas(spacing_xyz_mm)));
}

SurfaceDistances surface_distances_voxel(const Mask& label, const Mask& prediction,
                                         Real3 spacing_xyz) {
  return both_directions({border_voxels(label)}, {border_voxels(prediction)}, spacing_xyz,
                         {{1}, {}});
}

int64_t element_count(const std::vector<EqualElements>& elements) {
  int64_t count = 0;
  for (const EqualElements& equal : elements) count += equal.count;
  return count;
}

double total_weight(const std::vector<EqualElements>& elements) {
  return weight_within(elements, kFar);
}

double surface_dice(const SurfaceDistances& distances, double tolerance) {
  const double total =
      total_weight(distances.label_to_prediction) + total_weight(distances.prediction_to_label);
  if (total == 0) return kUndefined;
  return (weight_within(distances.label_to_prediction, tolerance) +
          weight_within(distances.prediction_to_label, tolerance)) /
         total;
}

double weighted_hausdorff(const SurfaceDistances& distances, double percent) {
  return std::max(weighted_percentile(distances.label_to_prediction, percent),
                  weighted_percentile(distances.prediction_to_label, percent));
}

double interpolated_hausdorff(const SurfaceDistances& distances, double percent) {
  if (distances.label_to_prediction.empty() || distances.prediction_to_label.empty())
    return kUndefined;
  return std::max(interpolated_percentile(distances.label_to_prediction, percent),
                  interpolated_percentile(distances.prediction_to_label, percent));
}

}  // namespace nmsw
