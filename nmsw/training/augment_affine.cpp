#include "nmsw/training/augment_affine.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>

namespace nmsw {
namespace {

using Matrix = std::array<Real3, 3>;

Matrix multiply(const Matrix& a, const Matrix& b) {
  Matrix product{};
  for (size_t i = 0; i < 3; ++i) {
    for (size_t j = 0; j < 3; ++j) {
      for (size_t k = 0; k < 3; ++k) product[i][j] += a[i][k] * b[k][j];
    }
  }
  return product;
}

Matrix rotation(Real3 angles) {
  Real3 c{}, s{};
  for (size_t axis = 0; axis < 3; ++axis) {
    c[axis] = std::cos(angles[axis]);
    s[axis] = std::sin(angles[axis]);
  }
  const Matrix about_x{{{1, 0, 0}, {0, c[0], -s[0]}, {0, s[0], c[0]}}};
  const Matrix about_y{{{c[1], 0, s[1]}, {0, 1, 0}, {-s[1], 0, c[1]}}};
  const Matrix about_z{{{c[2], -s[2], 0}, {s[2], c[2], 0}, {0, 0, 1}}};
  return multiply(multiply(about_x, about_y), about_z);
}

/// The sources of one row of the result: voxel i comes from start + i·step, in x,y,z.
struct SourceRow {
  Real3 start, step;
  double at(size_t axis, int64_t i) const {
    return start[axis] + static_cast<double>(i) * step[axis];
  }
};

SourceRow source_row(const AffineMap& map, Int3 extent_xyz, int64_t y, int64_t z) {
  Real3 centre{};
  for (size_t axis = 0; axis < 3; ++axis)
    centre[axis] = static_cast<double>(extent_xyz[axis] - 1) / 2;
  const Real3 first{-centre[0], static_cast<double>(y) - centre[1],
                    static_cast<double>(z) - centre[2]};
  SourceRow row{};
  for (size_t axis = 0; axis < 3; ++axis) {
    const Real3& m = map.matrix[axis];
    row.step[axis] = m[0];
    row.start[axis] =
        m[0] * first[0] + m[1] * first[1] + m[2] * first[2] + map.shift_xyz[axis] + centre[axis];
  }
  return row;
}

struct RowPart {
  int64_t begin, end;
};

/// The part of a row whose eight neighbours all lie inside the volume. Sources are monotone along a
/// row, so that its ends vouch for what is between; the division only guesses where they are.
RowPart interior(const SourceRow& row, Int3 extent_xyz) {
  const auto length = static_cast<double>(extent_xyz[0]);
  RowPart range{0, extent_xyz[0]};
  const auto inside = [&](int64_t i) {
    bool all = true;
    for (size_t axis = 0; axis < 3; ++axis) {
      const double source = row.at(axis, i);
      all = all && source >= 0 && source < static_cast<double>(extent_xyz[axis] - 1);
    }
    return all;
  };
  for (size_t axis = 0; axis < 3; ++axis) {
    if (row.step[axis] == 0) continue;
    const double enter = -row.start[axis] / row.step[axis];
    const double leave = enter + static_cast<double>(extent_xyz[axis] - 1) / row.step[axis];
    const double low = std::clamp(std::floor(std::min(enter, leave)), 0.0, length);
    const double high = std::clamp(std::ceil(std::max(enter, leave)) + 1, 0.0, length);
    range.begin = std::max(range.begin, static_cast<int64_t>(low));
    range.end = std::min(range.end, static_cast<int64_t>(high));
  }
  while (range.begin < range.end && !inside(range.begin)) ++range.begin;
  while (range.begin < range.end && !inside(range.end - 1)) --range.end;
  return range.begin < range.end ? range : RowPart{0, 0};
}

float lerp(float a, float b, float share) { return a + share * (b - a); }

class TrilinearSampler {
 public:
  TrilinearSampler(const float* voxels, Int3 extent_xyz)
      : voxels_(voxels),
        extent_(extent_xyz),
        row_(extent_xyz[0]),
        plane_(extent_xyz[0] * extent_xyz[1]) {}

  void fill(const SourceRow& row, float* to) const {
    const RowPart inner = interior(row, extent_);
    for (int64_t i = 0; i < inner.begin; ++i) to[i] = near_border(row, i);
    for (int64_t i = inner.begin; i < inner.end; ++i) to[i] = inside(row, i);
    for (int64_t i = inner.end; i < extent_[0]; ++i) to[i] = near_border(row, i);
  }

 private:
  float inside(const SourceRow& row, int64_t i) const {
    const double x = row.at(0, i), y = row.at(1, i), z = row.at(2, i);
    const auto ix = static_cast<int64_t>(x), iy = static_cast<int64_t>(y),
               iz = static_cast<int64_t>(z);
    const auto wx = static_cast<float>(x - static_cast<double>(ix));
    const auto wy = static_cast<float>(y - static_cast<double>(iy));
    const auto wz = static_cast<float>(z - static_cast<double>(iz));
    const float* p = voxels_ + iz * plane_ + iy * row_ + ix;
    const float* q = p + plane_;
    const float near = lerp(lerp(p[0], p[1], wx), lerp(p[row_], p[row_ + 1], wx), wy);
    const float far = lerp(lerp(q[0], q[1], wx), lerp(q[row_], q[row_ + 1], wx), wy);
    return lerp(near, far, wz);
  }

  float near_border(const SourceRow& row, int64_t i) const {
    Int3 low{};
    std::array<std::array<double, 2>, 3> weight{};
    for (size_t axis = 0; axis < 3; ++axis) {
      const double source = row.at(axis, i);
      if (!(source > -1 && source < static_cast<double>(extent_[axis]))) return 0;
      low[axis] = static_cast<int64_t>(std::floor(source));
      const double share = source - static_cast<double>(low[axis]);
      weight[axis] = {low[axis] >= 0 ? 1 - share : 0, low[axis] + 1 < extent_[axis] ? share : 0};
    }
    double sum = 0;
    for (int corner = 0; corner < 8; ++corner) {
      const int dx = corner & 1, dy = corner >> 1 & 1, dz = corner >> 2;
      const double w = weight[0][dx] * weight[1][dy] * weight[2][dz];
      if (w != 0) sum += w * voxels_[(low[2] + dz) * plane_ + (low[1] + dy) * row_ + low[0] + dx];
    }
    return static_cast<float>(sum);
  }

  const float* voxels_;
  Int3 extent_;
  int64_t row_, plane_;
};

class NearestSampler {
 public:
  NearestSampler(const uint8_t* voxels, Int3 extent_xyz) : voxels_(voxels), extent_(extent_xyz) {}

  void fill(const SourceRow& row, uint8_t* to) const {
    for (int64_t i = 0; i < extent_[0]; ++i) {
      const int64_t x = std::lrint(row.at(0, i)), y = std::lrint(row.at(1, i)),
                    z = std::lrint(row.at(2, i));
      const bool inside =
          x >= 0 && x < extent_[0] && y >= 0 && y < extent_[1] && z >= 0 && z < extent_[2];
      to[i] = inside ? voxels_[(z * extent_[1] + y) * extent_[0] + x] : 0;
    }
  }

 private:
  const uint8_t* voxels_;
  Int3 extent_;
};

template <class Voxel, class Sampler>
Tensor resample(const Tensor& volume, const AffineMap& map) {
  check_shape(volume, {1, 1, kAnySize, kAnySize, kAnySize}, "volume to augment");
  const Tensor source = volume.contiguous();
  const Int3 extent = reversed(extent_dhw(source));
  Tensor result = torch::empty_like(source);
  const Sampler sampler(source.data_ptr<Voxel>(), extent);
  auto* to = result.data_ptr<Voxel>();
  at::parallel_for(0, extent[1] * extent[2], 16, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      sampler.fill(source_row(map, extent, row % extent[1], row / extent[1]), to + row * extent[0]);
    }
  });
  return result;
}

}  // namespace

AffineMap affine_map(const AffineParameters& parameters) {
  const Matrix turn = rotation(parameters.rotation_xyz_rad);
  AffineMap map{turn, {0, 0, 0}};
  for (size_t i = 0; i < 3; ++i) {
    for (size_t j = 0; j < 3; ++j) {
      map.matrix[i][j] *= parameters.scale_xyz[j];
      map.shift_xyz[i] += turn[i][j] * parameters.translation_xyz_voxels[j];
    }
  }
  return map;
}

Tensor resample_image(const Tensor& image, const AffineMap& map) {
  return resample<float, TrilinearSampler>(image, map);
}

Tensor resample_label(const Tensor& label, const AffineMap& map) {
  return resample<uint8_t, NearestSampler>(label, map);
}

}  // namespace nmsw
