#include "nmsw/metrics/surface_distances.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "nmsw/metrics/distance_transform.h"
#include "nmsw/metrics/surface_element_areas.h"

namespace nmsw {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();
constexpr double kFar = std::numeric_limits<double>::infinity();

/// One surface: where it is, and at each place the code that says what it weighs.
struct Surface {
  Mask places;
  std::vector<uint8_t> codes;
};

/// Corners between voxels, one fewer than voxels along each axis.
Surface corner_surface(const Mask& mask) {
  const int64_t nx = mask.extent_xyz[0], ny = mask.extent_xyz[1], nz = mask.extent_xyz[2];
  Surface surface{empty_mask({nx - 1, ny - 1, nz - 1}), {}};
  surface.codes.resize(surface.places.voxels.size());
  const bool worth_threads = nx * ny * nz >= kVoxelsWorthThreads;
#pragma omp parallel for if (worth_threads)
  for (int64_t z = 0; z < nz - 1; ++z) {
    for (int64_t y = 0; y < ny - 1; ++y) {
      for (int64_t x = 0; x < nx - 1; ++x) {
        unsigned code = 0;
        for (int64_t near = 0; near < 8; ++near) {
          const int64_t at = mask.index(x + (near >> 2), y + ((near >> 1) & 1), z + (near & 1));
          code = code << 1U | mask.voxels[at];
        }
        const int64_t corner = surface.places.index(x, y, z);
        surface.codes[corner] = static_cast<uint8_t>(code);
        surface.places.voxels[corner] = code != 0 && code != 255 ? 1 : 0;
      }
    }
  }
  return surface;
}

/// Set voxels with an unset one among their six neighbours.
Surface border_surface(const Mask& mask) {
  const int64_t nx = mask.extent_xyz[0], ny = mask.extent_xyz[1], nz = mask.extent_xyz[2];
  Surface surface{empty_mask(mask.extent_xyz), {}};
  const std::array<int64_t, 6> steps{-1, 1, -nx, nx, -nx * ny, nx * ny};
  const bool worth_threads = nx * ny * nz >= kVoxelsWorthThreads;
#pragma omp parallel for if (worth_threads)
  for (int64_t z = 1; z < nz - 1; ++z) {
    for (int64_t y = 1; y < ny - 1; ++y) {
      for (int64_t x = 1; x < nx - 1; ++x) {
        const int64_t at = mask.index(x, y, z);
        if (mask.voxels[at] == 0) continue;
        bool inside = true;
        for (const int64_t step : steps) inside = inside && mask.voxels[at + step] != 0;
        surface.places.voxels[at] = inside ? 0 : 1;
      }
    }
  }
  surface.codes = surface.places.voxels;
  return surface;
}

bool nearer(const SurfaceElement& a, const SurfaceElement& b) {
  return a.distance != b.distance ? a.distance < b.distance : a.weight < b.weight;
}

std::vector<SurfaceElement> directed(const Surface& from, const Surface& to, Real3 spacing,
                                     const std::array<double, 256>& weights) {
  const std::vector<double> distance = distance_transform(to.places, spacing);
  std::vector<SurfaceElement> elements;
  for (size_t i = 0; i < distance.size(); ++i) {
    if (from.places.voxels[i] != 0) elements.push_back({distance[i], weights[from.codes[i]]});
  }
  std::sort(elements.begin(), elements.end(), nearer);
  return elements;
}

SurfaceDistances both_directions(const Surface& label, const Surface& prediction, Real3 spacing,
                                 const std::array<double, 256>& weights) {
  return {directed(label, prediction, spacing, weights),
          directed(prediction, label, spacing, weights)};
}

double weight_within(const std::vector<SurfaceElement>& elements, double tolerance) {
  double sum = 0;
  for (const SurfaceElement& element : elements) {
    if (element.distance <= tolerance) sum += element.weight;
  }
  return sum;
}

double weighted_percentile(const std::vector<SurfaceElement>& elements, double percent) {
  if (elements.empty()) return kFar;
  const double total = total_weight(elements);
  double sum = 0;
  for (const SurfaceElement& element : elements) {
    sum += element.weight;
    if (sum / total >= percent / 100) return element.distance;
  }
  return elements.back().distance;
}

double interpolated_percentile(const std::vector<SurfaceElement>& elements, double percent) {
  const double rank = percent / 100 * static_cast<double>(elements.size() - 1);
  const auto below = static_cast<size_t>(rank);
  const size_t above = std::min(below + 1, elements.size() - 1);
  const double share = rank - static_cast<double>(below);
  return elements[below].distance * (1 - share) + elements[above].distance * share;
}

}  // namespace

SurfaceDistances surface_distances_mm(const Mask& label, const Mask& prediction,
                                      Real3 spacing_xyz_mm) {
  return both_directions(corner_surface(label), corner_surface(prediction), spacing_xyz_mm,
                         surface_element_areas(spacing_xyz_mm));
}

SurfaceDistances surface_distances_voxel(const Mask& label, const Mask& prediction,
                                         Real3 spacing_xyz) {
  std::array<double, 256> ones{};
  ones.fill(1);
  return both_directions(border_surface(label), border_surface(prediction), spacing_xyz, ones);
}

double total_weight(const std::vector<SurfaceElement>& elements) {
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
