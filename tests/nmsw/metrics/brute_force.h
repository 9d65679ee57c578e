#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "nmsw/base/seed.h"
#include "nmsw/base/volume.h"
#include "nmsw/metrics/scores.h"
#include "nmsw/metrics/surface_element_areas.h"

namespace nmsw::testing {

inline LabelVolume empty_label(Int3 extent_xyz, Real3 spacing_xyz_mm) {
  LabelVolume volume;
  volume.geometry.extent_xyz = extent_xyz;
  volume.geometry.spacing_xyz_mm = spacing_xyz_mm;
  volume.voxels.assign(volume.geometry.voxel_count(), 0);
  return volume;
}

/// Boxes of random classes over each other, then salt: shapes with flat parts, edges and single
/// voxels.
inline LabelVolume random_blobs(Int3 extent_xyz, Real3 spacing_xyz_mm, int64_t classes,
                                uint64_t seed) {
  LabelVolume volume = empty_label(extent_xyz, spacing_xyz_mm);
  uint64_t state = seed * 1000003 + 17;
  for (int64_t box = 0; box < 3 * classes; ++box) {
    Int3 low{};
    Int3 high{};
    for (size_t axis = 0; axis < 3; ++axis) {
      low[axis] = next_index(state, extent_xyz[axis]);
      high[axis] =
          std::min(extent_xyz[axis], low[axis] + 1 + next_index(state, extent_xyz[axis] / 2));
    }
    const auto value = static_cast<uint8_t>(box < classes ? box : next_index(state, classes));
    for (int64_t z = low[2]; z < high[2]; ++z) {
      for (int64_t y = low[1]; y < high[1]; ++y) {
        for (int64_t x = low[0]; x < high[0]; ++x) volume.voxels[volume.index(x, y, z)] = value;
      }
    }
  }
  for (uint8_t& voxel : volume.voxels) {
    if (next_index(state, 12) == 0) voxel = static_cast<uint8_t>(next_index(state, classes));
  }
  return volume;
}

inline bool holds(const LabelVolume& volume, int64_t class_index, int64_t x, int64_t y, int64_t z) {
  const Int3 extent = volume.geometry.extent_xyz;
  const bool inside = x >= 0 && y >= 0 && z >= 0 && x < extent[0] && y < extent[1] && z < extent[2];
  return inside && volume.voxels[volume.index(x, y, z)] == class_index;
}

struct PlainElement {
  Real3 at;
  double weight;
};

/// The surface of a class, voxel by voxel, in the order in which anyone would write it.
inline std::vector<PlainElement> plain_surface(const LabelVolume& volume, int64_t class_index,
                                               SurfaceUnit unit) {
  const Int3 extent = volume.geometry.extent_xyz;
  const Real3 spacing = volume.geometry.spacing_xyz_mm;
  const std::array<double, 256> areas = surface_element_areas(spacing);
  std::vector<PlainElement> elements;
  for (int64_t z = 0; z <= extent[2]; ++z) {
    for (int64_t y = 0; y <= extent[1]; ++y) {
      for (int64_t x = 0; x <= extent[0]; ++x) {
        const auto has = [&](int64_t dx, int64_t dy, int64_t dz) {
          return holds(volume, class_index, x + dx, y + dy, z + dz);
        };
        if (unit == SurfaceUnit::voxel) {
          const bool inner = has(-1, 0, 0) && has(1, 0, 0) && has(0, -1, 0) && has(0, 1, 0) &&
                             has(0, 0, -1) && has(0, 0, 1);
          if (has(0, 0, 0) && !inner) elements.push_back({{double(x), double(y), double(z)}, 1});
          continue;
        }
        unsigned code = 0;
        for (const int64_t dx : {-1, 0}) {
          for (const int64_t dy : {-1, 0}) {
            for (const int64_t dz : {-1, 0}) code = 2 * code + (has(dx, dy, dz) ? 1 : 0);
          }
        }
        if (code == 0 || code == 255) continue;
        elements.push_back(
            {{double(x) * spacing[0], double(y) * spacing[1], double(z) * spacing[2]},
             areas[code]});
      }
    }
  }
  return elements;
}

using PlainDistances = std::vector<std::pair<double, double>>;

/// For every element the distance to the nearest of the others, with its weight; sorted.
inline PlainDistances plain_distances(const std::vector<PlainElement>& from,
                                      const std::vector<PlainElement>& to) {
  PlainDistances distances;
  for (const PlainElement& a : from) {
    double nearest = std::numeric_limits<double>::infinity();
    for (const PlainElement& b : to) {
      nearest = std::min(nearest,
                         std::sqrt(std::pow(a.at[0] - b.at[0], 2) + std::pow(a.at[1] - b.at[1], 2) +
                                   std::pow(a.at[2] - b.at[2], 2)));
    }
    distances.emplace_back(nearest, a.weight);
  }
  std::sort(distances.begin(), distances.end());
  return distances;
}

/// Summed weight of the elements no farther than `limit`.
inline double plain_weight(const PlainDistances& distances, double limit) {
  double sum = 0;
  for (const auto& [distance, weight] : distances) sum += distance <= limit ? weight : 0;
  return sum;
}

/// The smallest distance within which 95% of the weight lies.
inline double plain_percentile(const PlainDistances& distances) {
  const double all = plain_weight(distances, std::numeric_limits<double>::infinity());
  for (const auto& entry : distances) {
    if (plain_weight(distances, entry.first) / all >= 0.95) return entry.first;
  }
  return std::numeric_limits<double>::infinity();
}

struct PlainScores {
  double dsc, nsd, hd95;
};

inline PlainScores brute_force_scores(const LabelVolume& prediction, const LabelVolume& label,
                                      int64_t class_index, double tolerance, SurfaceUnit unit) {
  const std::vector<PlainElement> a = plain_surface(label, class_index, unit);
  const std::vector<PlainElement> b = plain_surface(prediction, class_index, unit);
  const PlainDistances ab = plain_distances(a, b);
  const PlainDistances ba = plain_distances(b, a);
  const double everything = std::numeric_limits<double>::infinity();
  double sizes = 0;
  double both = 0;
  for (size_t i = 0; i < label.voxels.size(); ++i) {
    const bool in_label = label.voxels[i] == class_index;
    const bool in_prediction = prediction.voxels[i] == class_index;
    sizes += (in_label ? 1 : 0) + (in_prediction ? 1 : 0);
    both += in_label && in_prediction ? 1 : 0;
  }
  return {2 * both / sizes,
          (plain_weight(ab, tolerance + 1e-9) + plain_weight(ba, tolerance + 1e-9)) /
              (plain_weight(ab, everything) + plain_weight(ba, everything)),
          std::max(plain_percentile(ab), plain_percentile(ba))};
}

}  // namespace nmsw::testing
