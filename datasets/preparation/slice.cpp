#include "datasets/preparation/slice.h"

#include <algorithm>
#include <cmath>

namespace nmsw::datasets {
namespace {

constexpr double kTail = 0.005;

/// The axes of a plane: along its columns, along its rows, across it.
struct PlaneAxes {
  size_t column = 0, row = 1, across = 2;
};
PlaneAxes axes_of(Plane plane) {
  switch (plane) {
    case Plane::axial:
      return {0, 1, 2};
    case Plane::coronal:
      return {0, 2, 1};
    case Plane::sagittal:
      return {1, 2, 0};
  }
  return {};
}

/// One axis of a picture: pixel i shows voxels begin(i) … begin(i+1)-1.
struct Scale {
  int64_t voxels = 0, pixels = 0;
  int64_t begin(int64_t pixel) const { return pixel * voxels / pixels; }
  int64_t centre(int64_t pixel) const { return (2 * pixel + 1) * voxels / (2 * pixels); }
};

struct PlaneGrid {
  PlaneAxes axes;
  Scale columns, rows;
};

PlaneGrid grid_of(const Geometry& geometry, Plane plane, int64_t largest_side) {
  PlaneGrid grid;
  grid.axes = axes_of(plane);
  const int64_t across = geometry.extent_xyz[grid.axes.column];
  const int64_t up = geometry.extent_xyz[grid.axes.row];
  const double shrink =
      std::min(1.0, static_cast<double>(largest_side) / static_cast<double>(std::max(across, up)));
  const auto pixels = [shrink](int64_t voxels) {
    return std::max<int64_t>(1, std::llround(shrink * static_cast<double>(voxels)));
  };
  grid.columns = {across, pixels(across)};
  grid.rows = {up, pixels(up)};
  return grid;
}

template <class Voxel>
Voxel voxel_at(const Volume<Voxel>& volume, const PlaneAxes& axes, int64_t column, int64_t row,
               int64_t position) {
  Int3 place{};
  place[axes.column] = column;
  place[axes.row] = row;
  place[axes.across] = position;
  return volume.voxels[static_cast<size_t>(volume.index(place[0], place[1], place[2]))];
}

std::vector<double> mean_pixels(const ImageVolume& image, const PlaneGrid& grid, int64_t position) {
  std::vector<double> pixels;
  for (int64_t r = 0; r < grid.rows.pixels; ++r) {
    for (int64_t c = 0; c < grid.columns.pixels; ++c) {
      double sum = 0, count = 0;
      for (int64_t row = grid.rows.begin(r); row < grid.rows.begin(r + 1); ++row) {
        for (int64_t column = grid.columns.begin(c); column < grid.columns.begin(c + 1); ++column) {
          sum += voxel_at(image, grid.axes, column, row, position);
          ++count;
        }
      }
      pixels.push_back(sum / count);
    }
  }
  return pixels;
}

}  // namespace

int64_t fullest_position(const LabelVolume& label, Plane plane) {
  const size_t across = axes_of(plane).across;
  const Int3 extent = label.geometry.extent_xyz;
  std::vector<int64_t> counts(static_cast<size_t>(extent[across]), 0);
  const uint8_t* voxel = label.voxels.data();
  Int3 place{};
  for (place[2] = 0; place[2] < extent[2]; ++place[2]) {
    for (place[1] = 0; place[1] < extent[1]; ++place[1]) {
      for (place[0] = 0; place[0] < extent[0]; ++place[0], ++voxel)
        counts[static_cast<size_t>(place[across])] += *voxel != 0 ? 1 : 0;
    }
  }
  const auto fullest = std::max_element(counts.begin(), counts.end());
  return *fullest == 0 ? extent[across] / 2 : fullest - counts.begin();
}

Slice grey_slice(const ImageVolume& image, Plane plane, int64_t position, int64_t largest_side) {
  const PlaneGrid grid = grid_of(image.geometry, plane, largest_side);
  const std::vector<double> values = mean_pixels(image, grid, position);
  std::vector<double> sorted = values;
  std::sort(sorted.begin(), sorted.end());
  const auto tail = static_cast<size_t>(kTail * static_cast<double>(sorted.size()));
  const double low = sorted[tail], high = sorted[sorted.size() - 1 - tail];
  Slice slice{grid.columns.pixels, grid.rows.pixels, {}};
  for (const double value : values) {
    const double share = high > low ? std::clamp((value - low) / (high - low), 0.0, 1.0) : 0.0;
    slice.pixels.push_back(static_cast<uint8_t>(std::lround(255 * share)));
  }
  return slice;
}

Slice label_slice(const LabelVolume& label, Plane plane, int64_t position, int64_t largest_side) {
  const PlaneGrid grid = grid_of(label.geometry, plane, largest_side);
  Slice slice{grid.columns.pixels, grid.rows.pixels, {}};
  for (int64_t r = 0; r < slice.rows; ++r) {
    for (int64_t c = 0; c < slice.columns; ++c) {
      slice.pixels.push_back(
          voxel_at(label, grid.axes, grid.columns.centre(c), grid.rows.centre(r), position));
    }
  }
  return slice;
}

}  // namespace nmsw::datasets
