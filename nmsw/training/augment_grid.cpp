#include "nmsw/training/augment_grid.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace nmsw {
namespace {

constexpr int64_t kSmallestAxis = kGridCells * (kGridCells - 1);

/// The two voxels that a voxel of the result lies between, and the share of the second.
struct Neighbours {
  int64_t low, high;
  float share;
};

/// The sources of the three axes in tensor order, clamped to the volume.
std::array<std::vector<double>, 3> sources_dhw(Int3 extent,
                                               const std::array<GridSteps, 3>& steps_xyz) {
  std::array<std::vector<double>, 3> sources;
  for (size_t axis = 0; axis < 3; ++axis) {
    sources[axis] = distorted_axis(extent[axis], steps_xyz[2 - axis]);
    for (double& source : sources[axis]) {
      source = std::clamp(source, 0.0, static_cast<double>(extent[axis] - 1));
    }
  }
  return sources;
}

std::vector<Neighbours> neighbours(const std::vector<double>& sources) {
  const auto last = static_cast<int64_t>(sources.size()) - 1;
  std::vector<Neighbours> all;
  for (const double source : sources) {
    const auto low = static_cast<int64_t>(source);
    all.push_back(
        {low, std::min(low + 1, last), static_cast<float>(source - static_cast<double>(low))});
  }
  return all;
}

std::vector<int64_t> nearest_voxels(const std::vector<double>& sources) {
  std::vector<int64_t> all;
  for (const double source : sources) all.push_back(std::lrint(source));
  return all;
}

void check_volume(const Tensor& volume) {
  check_shape(volume, {1, 1, kAnySize, kAnySize, kAnySize}, "volume to augment");
}

}  // namespace

std::vector<double> distorted_axis(int64_t extent, const GridSteps& steps) {
  std::vector<double> sources(static_cast<size_t>(extent));
  std::iota(sources.begin(), sources.end(), 0.0);
  if (extent < kSmallestAxis) return sources;
  const int64_t cell = extent / kGridCells;
  double from = 0;
  for (int64_t j = 0; j <= kGridCells; ++j) {
    const int64_t begin = j * cell;
    const bool cut_off = begin + cell > extent;
    const int64_t count = std::min(cell, extent - begin);
    const double to = cut_off ? static_cast<double>(extent)
                              : from + static_cast<double>(cell) * steps[static_cast<size_t>(j)];
    const double pace = count > 1 ? (to - from) / static_cast<double>(count - 1) : 0;
    for (int64_t i = 0; i < count; ++i) {
      sources[static_cast<size_t>(begin + i)] = from + pace * static_cast<double>(i);
    }
    from = to;
  }
  return sources;
}

Tensor distort_image(const Tensor& image, const std::array<GridSteps, 3>& steps_xyz) {
  check_volume(image);
  const Tensor source = image.contiguous();
  const Int3 extent = extent_dhw(source);
  const auto sources = sources_dhw(extent, steps_xyz);
  const std::vector<Neighbours> z = neighbours(sources[0]), y = neighbours(sources[1]),
                                x = neighbours(sources[2]);
  Tensor result = torch::empty_like(source);
  const float* from = source.data_ptr<float>();
  float* to = result.data_ptr<float>();
  const int64_t width = extent[2];
  at::parallel_for(0, extent[0] * extent[1], 16, [&](int64_t begin, int64_t end) {
    std::vector<float> blend(
        static_cast<size_t>(width));  // of the four rows around a row of the result
    for (int64_t row = begin; row < end; ++row) {
      const Neighbours& nz = z[static_cast<size_t>(row / extent[1])];
      const Neighbours& ny = y[static_cast<size_t>(row % extent[1])];
      const float* a = from + (nz.low * extent[1] + ny.low) * width;
      const float* b = from + (nz.low * extent[1] + ny.high) * width;
      const float* c = from + (nz.high * extent[1] + ny.low) * width;
      const float* d = from + (nz.high * extent[1] + ny.high) * width;
      const float wa = (1 - nz.share) * (1 - ny.share), wb = (1 - nz.share) * ny.share;
      const float wc = nz.share * (1 - ny.share), wd = nz.share * ny.share;
      float* mixed = blend.data();
#pragma omp simd
      for (int64_t i = 0; i < width; ++i) mixed[i] = wa * a[i] + wb * b[i] + wc * c[i] + wd * d[i];
      for (int64_t i = 0; i < width; ++i) {
        const Neighbours& nx = x[static_cast<size_t>(i)];
        to[row * width + i] = mixed[nx.low] + nx.share * (mixed[nx.high] - mixed[nx.low]);
      }
    }
  });
  return result;
}

Tensor distort_label(const Tensor& label, const std::array<GridSteps, 3>& steps_xyz) {
  check_volume(label);
  const Tensor source = label.contiguous();
  const Int3 extent = extent_dhw(source);
  const auto sources = sources_dhw(extent, steps_xyz);
  const std::vector<int64_t> z = nearest_voxels(sources[0]), y = nearest_voxels(sources[1]),
                             x = nearest_voxels(sources[2]);
  Tensor result = torch::empty_like(source);
  const auto* from = source.data_ptr<uint8_t>();
  auto* to = result.data_ptr<uint8_t>();
  at::parallel_for(0, extent[0] * extent[1], 16, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const int64_t plane = z[static_cast<size_t>(row / extent[1])],
                    line = y[static_cast<size_t>(row % extent[1])];
      const uint8_t* voxels = from + (plane * extent[1] + line) * extent[2];
      for (int64_t i = 0; i < extent[2]; ++i)
        to[row * extent[2] + i] = voxels[x[static_cast<size_t>(i)]];
    }
  });
  return result;
}

}  // namespace nmsw
