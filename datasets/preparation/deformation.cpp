#include "datasets/preparation/deformation.h"

#include <algorithm>
#include <cmath>

#include "nmsw/base/seed.h"

namespace nmsw::datasets {
namespace {

/// Weights of a uniform cubic B-spline, `t` in [0,1) behind the second control point.
std::array<double, 4> spline_weights(double t) {
  const double left = 1 - t;
  return {left * left * left / 6, (3 * t * t * t - 6 * t * t + 4) / 6,
          (3 * left * left * left - 6 * left * left + 4) / 6, t * t * t / 6};
}

/// Adds `count` displacements times a weight.
void add(const Real3* values, double weight, size_t count, Real3* sum) {
  for (size_t i = 0; i < count; ++i) {
    for (size_t a = 0; a < 3; ++a) sum[i][a] += weight * values[i][a];
  }
}

/// Fills a volume from places given as fractional voxel indices inside the grid.
template <class Voxel, class Sample>
Volume<Voxel> pulled(const Volume<Voxel>& source, const Deformation& deformation, Sample sample) {
  const Geometry& grid = source.geometry;
  const Int3& extent = grid.extent_xyz;
  const DeformationField field(grid, deformation);
  Volume<Voxel> result{grid, std::vector<Voxel>(source.voxels.size())};
#pragma omp parallel for
  for (int64_t z = 0; z < extent[2]; ++z) {
    const std::vector<Real3> displacement = field.slice_xyz_mm(z);
    for (int64_t y = 0; y < extent[1]; ++y) {
      for (int64_t x = 0; x < extent[0]; ++x) {
        const Real3& moved = displacement[static_cast<size_t>(y * extent[0] + x)];
        const Int3 voxel{x, y, z};
        Real3 place{};
        for (size_t a = 0; a < 3; ++a) {
          place[a] = std::clamp(static_cast<double>(voxel[a]) + moved[a] / grid.spacing_xyz_mm[a],
                                0.0, static_cast<double>(extent[a] - 1));
        }
        result.voxels[static_cast<size_t>(result.index(x, y, z))] = sample(source, place);
      }
    }
  }
  return result;
}

float linear(const ImageVolume& image, const Real3& place) {
  Int3 low{}, high{};
  Real3 share{};
  for (size_t a = 0; a < 3; ++a) {
    low[a] = static_cast<int64_t>(place[a]);
    high[a] = std::min(low[a] + 1, image.geometry.extent_xyz[a] - 1);
    share[a] = place[a] - static_cast<double>(low[a]);
  }
  const auto row = [&](int64_t y, int64_t z) {
    const double from = image.voxels[static_cast<size_t>(image.index(low[0], y, z))];
    const double to = image.voxels[static_cast<size_t>(image.index(high[0], y, z))];
    return from + share[0] * (to - from);
  };
  const auto plane = [&](int64_t z) {
    const double from = row(low[1], z), to = row(high[1], z);
    return from + share[1] * (to - from);
  };
  const double from = plane(low[2]), to = plane(high[2]);
  return static_cast<float>(from + share[2] * (to - from));
}

uint8_t nearest(const LabelVolume& label, const Real3& place) {
  const auto voxel = [&](size_t a) { return static_cast<int64_t>(std::nearbyint(place[a])); };
  return label.voxels[static_cast<size_t>(label.index(voxel(0), voxel(1), voxel(2)))];
}

}  // namespace

DeformationField::DeformationField(const Geometry& grid, const Deformation& deformation)
    : extent_xyz_(grid.extent_xyz) {
  for (size_t a = 0; a < 3; ++a) {
    for (int64_t i = 0; i < extent_xyz_[a]; ++i) {
      const double place = static_cast<double>(i) * grid.spacing_xyz_mm[a] / deformation.grid_mm;
      const auto first = static_cast<int64_t>(place);
      taps_xyz_[a].push_back({first, spline_weights(place - static_cast<double>(first))});
    }
    counts_xyz_[a] = taps_xyz_[a].back().first + 4;
  }
  control_mm_.resize(static_cast<size_t>(counts_xyz_[0] * counts_xyz_[1] * counts_xyz_[2]));
  uint64_t state = deformation.seed;
  for (Real3& point : control_mm_) {
    for (double& component : point) component = next_normal(state);
  }
  scale_to(deformation.rms_mm);
}

void DeformationField::scale_to(double rms_mm) {
  // Summed slice by slice, so that the order of the sum does not depend on the threads.
  std::vector<double> squares(static_cast<size_t>(extent_xyz_[2]), 0);
#pragma omp parallel for
  for (int64_t z = 0; z < extent_xyz_[2]; ++z) {
    double& sum = squares[static_cast<size_t>(z)];
    for (const Real3& moved : slice_xyz_mm(z)) {
      for (const double component : moved) sum += component * component;
    }
  }
  double sum = 0;
  for (const double of_slice : squares) sum += of_slice;
  const auto components = static_cast<double>(3 * extent_xyz_[0] * extent_xyz_[1] * extent_xyz_[2]);
  const double factor = rms_mm / std::sqrt(sum / components);
  for (Real3& point : control_mm_) {
    for (double& component : point) component *= factor;
  }
}

std::vector<Real3> DeformationField::slice_xyz_mm(int64_t z) const {
  const auto across = static_cast<size_t>(counts_xyz_[0]);
  const size_t in_plane = across * static_cast<size_t>(counts_xyz_[1]);
  const Tap& of_z = taps_xyz_[2][static_cast<size_t>(z)];
  std::vector<Real3> plane(in_plane), row(across), slice;
  for (size_t k = 0; k < 4; ++k) {
    const size_t at = (static_cast<size_t>(of_z.first) + k) * in_plane;
    add(control_mm_.data() + at, of_z.weights[k], in_plane, plane.data());
  }
  slice.reserve(static_cast<size_t>(extent_xyz_[0] * extent_xyz_[1]));
  for (const Tap& of_y : taps_xyz_[1]) {
    std::fill(row.begin(), row.end(), Real3{});
    for (size_t k = 0; k < 4; ++k) {
      const size_t at = (static_cast<size_t>(of_y.first) + k) * across;
      add(plane.data() + at, of_y.weights[k], across, row.data());
    }
    for (const Tap& of_x : taps_xyz_[0]) {
      Real3 moved{};
      for (size_t k = 0; k < 4; ++k) {
        add(row.data() + of_x.first + k, of_x.weights[k], 1, &moved);
      }
      slice.push_back(moved);
    }
  }
  return slice;
}

ImageVolume deformed(const ImageVolume& image, const Deformation& deformation) {
  return pulled(image, deformation, linear);
}

LabelVolume deformed(const LabelVolume& label, const Deformation& deformation) {
  return pulled(label, deformation, nearest);
}

}  // namespace nmsw::datasets
