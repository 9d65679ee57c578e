#include "datasets/preparation/resample.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace nmsw::datasets {
namespace {

constexpr double kSameSpacing = 1e-3;

/// Where each output voxel of one axis lies in the source.
struct Tap {
  int64_t low = 0, high = 0;
  double weight_high = 0;
};

double step_along(double old_spacing, double new_spacing) {
  return std::abs(old_spacing - new_spacing) <= kSameSpacing ? 1.0 : new_spacing / old_spacing;
}

double source_position(int64_t index, int64_t source_extent, double step) {
  return std::clamp(static_cast<double>(index) * step, 0.0, static_cast<double>(source_extent - 1));
}

std::vector<Tap> linear_taps(int64_t extent, int64_t source_extent, double step) {
  std::vector<Tap> taps(static_cast<size_t>(extent));
  for (int64_t i = 0; i < extent; ++i) {
    const double position = source_position(i, source_extent, step);
    const auto low = static_cast<int64_t>(position);
    taps[static_cast<size_t>(i)] = {low, std::min(low + 1, source_extent - 1),
                                    position - static_cast<double>(low)};
  }
  return taps;
}

std::vector<int64_t> nearest_taps(int64_t extent, int64_t source_extent, double step) {
  std::vector<int64_t> taps(static_cast<size_t>(extent));
  for (int64_t i = 0; i < extent; ++i) {
    taps[static_cast<size_t>(i)] =
        static_cast<int64_t>(std::nearbyint(source_position(i, source_extent, step)));
  }
  return taps;
}

Geometry resampled_geometry(const Geometry& source, const Real3& new_spacing) {
  Geometry result = source;
  result.spacing_xyz_mm = effective_spacing(source.spacing_xyz_mm, new_spacing);
  for (size_t a = 0; a < 3; ++a) {
    result.extent_xyz[a] =
        resampled_extent(source.extent_xyz[a], source.spacing_xyz_mm[a], result.spacing_xyz_mm[a]);
  }
  return result;
}

Real3 steps(const Geometry& source, const Geometry& target) {
  Real3 result{};
  for (size_t a = 0; a < 3; ++a)
    result[a] = step_along(source.spacing_xyz_mm[a], target.spacing_xyz_mm[a]);
  return result;
}

template <class Source>
void blend(const Source* low, const Source* high, double weight_high, int64_t count, double* out) {
  const double weight_low = 1 - weight_high;
  for (int64_t i = 0; i < count; ++i) {
    out[i] = weight_low * static_cast<double>(low[i]) + weight_high * static_cast<double>(high[i]);
  }
}

}  // namespace

int64_t resampled_extent(int64_t extent, double old_spacing_mm, double new_spacing_mm) {
  const double size = static_cast<double>(extent - 1) * old_spacing_mm / new_spacing_mm + 1;
  return std::max<int64_t>(1, static_cast<int64_t>(std::nearbyint(size)));
}

Real3 effective_spacing(const Real3& old_spacing_mm, const Real3& new_spacing_mm) {
  Real3 result = new_spacing_mm;
  for (size_t a = 0; a < 3; ++a) {
    if (std::abs(old_spacing_mm[a] - new_spacing_mm[a]) <= kSameSpacing)
      result[a] = old_spacing_mm[a];
  }
  return result;
}

ImageVolume resample_linear(const ImageVolume& image, const Real3& new_spacing_xyz_mm) {
  ImageVolume result;
  result.geometry = resampled_geometry(image.geometry, new_spacing_xyz_mm);
  const Real3 step = steps(image.geometry, result.geometry);
  if (step == Real3{1, 1, 1}) {
    result.voxels = image.voxels;
    return result;
  }
  const Int3& from = image.geometry.extent_xyz;
  const Int3& to = result.geometry.extent_xyz;
  const std::vector<Tap> taps_x = linear_taps(to[0], from[0], step[0]);
  const std::vector<Tap> taps_y = linear_taps(to[1], from[1], step[1]);
  const std::vector<Tap> taps_z = linear_taps(to[2], from[2], step[2]);
  result.voxels.resize(static_cast<size_t>(result.geometry.voxel_count()));
  // One output slice at a time, so that the double intermediates stay small.
#pragma omp parallel
  {
    std::vector<double> slice(static_cast<size_t>(from[0] * from[1])),
        row(static_cast<size_t>(from[0]));
#pragma omp for
    for (int64_t z = 0; z < to[2]; ++z) {
      const Tap& tap_z = taps_z[static_cast<size_t>(z)];
      const float* planes = image.voxels.data();
      blend(planes + tap_z.low * from[0] * from[1], planes + tap_z.high * from[0] * from[1],
            tap_z.weight_high, from[0] * from[1], slice.data());
      float* out = result.voxels.data() + z * to[0] * to[1];
      for (const Tap& tap_y : taps_y) {
        blend(slice.data() + tap_y.low * from[0], slice.data() + tap_y.high * from[0],
              tap_y.weight_high, from[0], row.data());
        for (const Tap& tap : taps_x) {
          *out++ = static_cast<float>((1 - tap.weight_high) * row[static_cast<size_t>(tap.low)] +
                                      tap.weight_high * row[static_cast<size_t>(tap.high)]);
        }
      }
    }
  }
  return result;
}

LabelVolume resample_nearest(const LabelVolume& label, const Real3& new_spacing_xyz_mm) {
  LabelVolume result;
  result.geometry = resampled_geometry(label.geometry, new_spacing_xyz_mm);
  const Real3 step = steps(label.geometry, result.geometry);
  const Int3& from = label.geometry.extent_xyz;
  const Int3& to = result.geometry.extent_xyz;
  std::array<std::vector<int64_t>, 3> taps;
  for (size_t a = 0; a < 3; ++a) taps[a] = nearest_taps(to[a], from[a], step[a]);
  result.voxels.resize(static_cast<size_t>(result.geometry.voxel_count()));
#pragma omp parallel for
  for (int64_t z = 0; z < to[2]; ++z) {
    uint8_t* out = result.voxels.data() + z * to[0] * to[1];
    for (const int64_t y : taps[1]) {
      const uint8_t* row = label.voxels.data() + label.index(0, y, taps[2][static_cast<size_t>(z)]);
      for (const int64_t x : taps[0]) *out++ = row[x];
    }
  }
  return result;
}

}  // namespace nmsw::datasets
