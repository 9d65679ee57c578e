#include "datasets/grid/orientation.h"

#include <cmath>

namespace nmsw::datasets {
namespace {

constexpr std::array<std::array<int, 3>, 6> kPermutations{
    {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}}};

double direction_entry(const Geometry& geometry, int row, int axis) {
  const int entry = row * 3 + axis;
  return geometry.direction_lps[static_cast<size_t>(entry)];
}

}  // namespace

AxisMap ras_axis_map(const Geometry& geometry) {
  // Right and front are the negative L and P axes.
  constexpr std::array<double, 3> kWanted{-1, -1, 1};
  AxisMap best;
  double best_fit = -1;
  for (const auto& permutation : kPermutations) {
    double fit = 0;
    for (int a = 0; a < 3; ++a)
      fit += std::abs(direction_entry(geometry, a, permutation[static_cast<size_t>(a)]));
    // A clear improvement only, so that rounding cannot decide between two orders of a grid turned
    // by 45 degrees.
    if (fit <= best_fit + 1e-6) continue;
    best_fit = fit;
    best.source_axis = permutation;
    for (size_t a = 0; a < 3; ++a) {
      best.flipped[a] =
          direction_entry(geometry, static_cast<int>(a), permutation[a]) * kWanted[a] < 0;
    }
  }
  return best;
}

Geometry apply_axis_map(const Geometry& geometry, const AxisMap& map) {
  Geometry result = geometry;
  for (size_t a = 0; a < 3; ++a) {
    const auto source = static_cast<size_t>(map.source_axis[a]);
    const double sign = map.flipped[a] ? -1 : 1;
    result.extent_xyz[a] = geometry.extent_xyz[source];
    result.spacing_xyz_mm[a] = geometry.spacing_xyz_mm[source];
    const double reach =
        static_cast<double>(geometry.extent_xyz[source] - 1) * geometry.spacing_xyz_mm[source];
    for (size_t row = 0; row < 3; ++row) {
      result.direction_lps[row * 3 + a] = sign * geometry.direction_lps[row * 3 + source];
      if (map.flipped[a])
        result.origin_lps_mm[row] += geometry.direction_lps[row * 3 + source] * reach;
    }
  }
  return result;
}

template <class Voxel>
Volume<Voxel> apply_axis_map(const Volume<Voxel>& volume, const AxisMap& map) {
  Volume<Voxel> result;
  result.geometry = apply_axis_map(volume.geometry, map);
  if (map == AxisMap{} || volume.voxels.empty()) {
    result.voxels = volume.voxels;
    return result;
  }
  const Int3& extent = volume.geometry.extent_xyz;
  const Int3 strides{1, extent[0], extent[0] * extent[1]};
  Int3 step{};
  int64_t start = 0;
  for (size_t a = 0; a < 3; ++a) {
    const auto source = static_cast<size_t>(map.source_axis[a]);
    step[a] = map.flipped[a] ? -strides[source] : strides[source];
    if (map.flipped[a]) start += (extent[source] - 1) * strides[source];
  }
  const Int3& size = result.geometry.extent_xyz;
  result.voxels.resize(volume.voxels.size());
#pragma omp parallel for
  for (int64_t z = 0; z < size[2]; ++z) {
    Voxel* out = result.voxels.data() + z * size[1] * size[0];
    for (int64_t y = 0; y < size[1]; ++y) {
      const Voxel* row = volume.voxels.data() + start + z * step[2] + y * step[1];
      for (int64_t x = 0; x < size[0]; ++x) *out++ = row[x * step[0]];
    }
  }
  return result;
}

template Volume<float> apply_axis_map(const Volume<float>&, const AxisMap&);
template Volume<uint8_t> apply_axis_map(const Volume<uint8_t>&, const AxisMap&);

AxisMap inverse(const AxisMap& map) {
  AxisMap result;
  for (size_t a = 0; a < 3; ++a) {
    const auto source = static_cast<size_t>(map.source_axis[a]);
    result.source_axis[source] = static_cast<int>(a);
    result.flipped[source] = map.flipped[a];
  }
  return result;
}

std::string orientation_name(const Geometry& geometry) {
  const AxisMap map = ras_axis_map(geometry);
  std::string name(3, '?');
  for (size_t a = 0; a < 3; ++a) {
    name[static_cast<size_t>(map.source_axis[a])] = map.flipped[a] ? "LPI"[a] : "RAS"[a];
  }
  return name;
}

}  // namespace nmsw::datasets
