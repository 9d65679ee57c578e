#include "datasets/phantoms/phantom_canvas.h"

#include <cstring>

namespace nmsw::datasets {
namespace {

/// One pass of a running mean of three voxels along an axis of the given stride; ends repeat.
void mean_of_three(std::vector<float>& values, const Int3& extent, int axis) {
  const int64_t stride = axis == 0 ? 1 : axis == 1 ? extent[0] : extent[0] * extent[1];
  const int64_t length = extent[axis];
  const int64_t block = stride * length;
  for (int64_t start = 0; start < static_cast<int64_t>(values.size()); start += block) {
    for (int64_t lane = start; lane < start + stride; ++lane) {
      float before = values[lane];
      for (int64_t i = 0, at = lane; i < length; ++i, at += stride) {
        const float here = values[at];
        const float after = i + 1 < length ? values[at + stride] : here;
        values[at] = (before + here + after) * (1.0f / 3);
        before = here;
      }
    }
  }
}

/// Nearly normal with unit variance: the sum of four independent 16-bit uniforms.
float quick_normal(uint64_t bits) {
  const int64_t sum =
      static_cast<int64_t>(bits & 0xffff) + static_cast<int64_t>((bits >> 16) & 0xffff) +
      static_cast<int64_t>((bits >> 32) & 0xffff) + static_cast<int64_t>(bits >> 48);
  return static_cast<float>((static_cast<double>(sum) - 2 * 65535.0) *
                            (1.7320508075688772 / 65536.0));
}

/// A field with details of about `cell` voxels: random values on a coarse lattice, interpolated
/// linearly.
std::vector<float> smooth_field(const Int3& extent, int64_t cell, PhantomRandom& random) {
  const Int3 lattice{extent[0] / cell + 2, extent[1] / cell + 2, extent[2] / cell + 2};
  std::vector<float> nodes(static_cast<size_t>(lattice[0] * lattice[1] * lattice[2]));
  for (float& node : nodes) node = quick_normal(random.bits()) * 1.5f;
  std::vector<float> field(static_cast<size_t>(extent[0] * extent[1] * extent[2]));
  std::vector<float> row(static_cast<size_t>(lattice[0]));
  const float step = 1.0f / static_cast<float>(cell);
  size_t out = 0;
  for (int64_t z = 0; z < extent[2]; ++z) {
    const float fz = static_cast<float>(z % cell) * step;
    for (int64_t y = 0; y < extent[1]; ++y) {
      const float fy = static_cast<float>(y % cell) * step;
      const float* base = nodes.data() + ((z / cell) * lattice[1] + y / cell) * lattice[0];
      const int64_t up = lattice[0];
      const int64_t over = lattice[0] * lattice[1];
      for (int64_t n = 0; n < lattice[0]; ++n) {
        const float near = base[n] * (1 - fy) + base[n + up] * fy;
        const float far = base[n + over] * (1 - fy) + base[n + over + up] * fy;
        row[n] = near * (1 - fz) + far * fz;
      }
      for (int64_t x = 0; x < extent[0]; ++x) {
        const float fx = static_cast<float>(x % cell) * step;
        field[out++] = row[x / cell] * (1 - fx) + row[x / cell + 1] * fx;
      }
    }
  }
  return field;
}

constexpr int kBendSteps = 512;
constexpr float kBendLow = -600;
constexpr float kBendStep = 3;

/// A slow wave along the body, tabulated: two sines with random phases.
std::array<float, kBendSteps + 1> bend_table(float amplitude, PhantomRandom& random) {
  const auto phase_slow = static_cast<float>(random.uniform(0, 6.2831853));
  const auto phase_fast = static_cast<float>(random.uniform(0, 6.2831853));
  std::array<float, kBendSteps + 1> table{};
  for (int i = 0; i <= kBendSteps; ++i) {
    const float z = kBendLow + kBendStep * static_cast<float>(i);
    table[i] =
        amplitude * (0.75f * std::sin(z / 85 + phase_slow) + 0.25f * std::sin(z / 38 + phase_fast));
  }
  return table;
}

float look_up(const std::array<float, kBendSteps + 1>& table, float z) {
  const float t =
      std::clamp((z - kBendLow) / kBendStep, 0.0f, static_cast<float>(kBendSteps) - 0.001f);
  const int i = static_cast<int>(t);
  const float f = t - static_cast<float>(i);
  return table[i] * (1 - f) + table[i + 1] * f;
}

}  // namespace

std::array<float, 9> rotation(const Point& turn) {
  const float ca = std::cos(turn[0]), sa = std::sin(turn[0]);
  const float cb = std::cos(turn[1]), sb = std::sin(turn[1]);
  const float cc = std::cos(turn[2]), sc = std::sin(turn[2]);
  return {cc * cb,
          cc * sb * sa - sc * ca,
          cc * sb * ca + sc * sa,
          sc * cb,
          sc * sb * sa + cc * ca,
          sc * sb * ca - cc * sa,
          -sb,
          cb * sa,
          cb * ca};
}

PhantomCanvas::PhantomCanvas(const PhantomPose& pose, PhantomRandom& random) : pose_(pose) {
  const Real3& spacing = pose.spacing_xyz_mm;
  softness_ = static_cast<float>(0.22 * (spacing[0] + spacing[1] + spacing[2]));
  const auto count =
      static_cast<size_t>(pose.extent_xyz[0] * pose.extent_xyz[1] * pose.extent_xyz[2]);
  hu_.assign(count, -1000);
  label_.assign(count, 0);
  smooth_ = smooth_field(pose.extent_xyz, 4, random);
  place_voxels(random);
}

void PhantomCanvas::place_voxels(PhantomRandom& random) {
  const std::array<float, 9> turn = rotation(pose_.turn);
  std::array<float, 9> to_anatomy{};
  for (int row = 0; row < 3; ++row) {
    for (int column = 0; column < 3; ++column) {
      to_anatomy[row * 3 + column] = turn[row * 3 + column] / pose_.scale[row];
      to_grid_[column * 3 + row] = turn[row * 3 + column] * pose_.scale[row];
    }
  }
  const auto bend_x = bend_table(pose_.bend[0], random);
  const auto bend_y = bend_table(pose_.bend[1], random);
  const auto bend_z = bend_table(pose_.bend[2], random);
  bend_margin_ = 1.2f * std::max({pose_.bend[0], pose_.bend[1], pose_.bend[2]});
  const Int3 extent = pose_.extent_xyz;
  x_.resize(hu_.size());
  y_.resize(hu_.size());
  z_.resize(hu_.size());
  const auto mm = [&](int64_t i, int axis) {
    return static_cast<float>(
        (static_cast<double>(i) - 0.5 * static_cast<double>(extent[axis] - 1)) *
        pose_.spacing_xyz_mm[axis]);
  };
  size_t out = 0;
  for (int64_t z = 0; z < extent[2]; ++z) {
    for (int64_t y = 0; y < extent[1]; ++y) {
      for (int64_t x = 0; x < extent[0]; ++x, ++out) {
        const Point p = times(to_anatomy, {mm(x, 0), mm(y, 1), mm(z, 2)}) + pose_.centre;
        x_[out] = p[0] + look_up(bend_x, p[2]);
        y_[out] = p[1] + look_up(bend_y, p[2]);
        z_[out] = p[2] + look_up(bend_z, p[2]);
      }
    }
  }
}

PhantomCanvas::VoxelBox PhantomCanvas::voxel_box(const Point& low, const Point& high,
                                                 float margin_mm) const {
  const float margin = margin_mm + softness_ + bend_margin_;
  const Point middle = (low + high) * 0.5f - pose_.centre;
  const Point half = (high - low) * 0.5f + Point{margin, margin, margin};
  const Point grid_middle = times(to_grid_, middle);
  VoxelBox box{};
  for (size_t axis = 0; axis < 3; ++axis) {
    const float* row = to_grid_.data() + axis * 3;
    const float reach =
        std::abs(row[0]) * half[0] + std::abs(row[1]) * half[1] + std::abs(row[2]) * half[2];
    const auto spacing = static_cast<float>(pose_.spacing_xyz_mm[axis]);
    const float offset = 0.5f * static_cast<float>(pose_.extent_xyz[axis] - 1);
    const float first = std::floor((grid_middle[axis] - reach) / spacing + offset);
    const float last = std::ceil((grid_middle[axis] + reach) / spacing + offset) + 1;
    const auto limit = static_cast<float>(pose_.extent_xyz[axis]);
    box.low[axis] = static_cast<int64_t>(std::clamp(first, 0.0f, limit));
    box.high[axis] = static_cast<int64_t>(std::clamp(last, 0.0f, limit));
  }
  return box;
}

void PhantomCanvas::ellipsoid(const Point& centre, const Point& radii, const Material& material,
                              const Point& turn) {
  const std::array<float, 9> matrix = rotation(turn);
  Point reach{};
  for (int axis = 0; axis < 3; ++axis) {
    for (int k = 0; k < 3; ++k) reach[axis] += std::pow(matrix[k * 3 + axis] * radii[k], 2.0f);
    reach[axis] = std::sqrt(reach[axis]);
  }
  paint(centre - reach, centre + reach, material,
        [&](const Point& p) { return ellipsoid_distance(times(matrix, p - centre), radii); });
}

void PhantomCanvas::tube(const std::vector<TubePoint>& points, const Material& material) {
  for (size_t i = 0; i + 1 < points.size(); ++i) {
    const Point a = points[i].at;
    const Point along = points[i + 1].at - a;
    const float radius = points[i].radius;
    const float growth = points[i + 1].radius - radius;
    const float thick = std::max(radius, radius + growth);
    const float length2 = along[0] * along[0] + along[1] * along[1] + along[2] * along[2] + 1e-6f;
    Point low{}, high{};
    for (int axis = 0; axis < 3; ++axis) {
      low[axis] = std::min(a[axis], a[axis] + along[axis]) - thick;
      high[axis] = std::max(a[axis], a[axis] + along[axis]) + thick;
    }
    paint(low, high, material, [&](const Point& p) {
      const Point q = p - a;
      const float t =
          std::clamp((q[0] * along[0] + q[1] * along[1] + q[2] * along[2]) / length2, 0.0f, 1.0f);
      const Point r = q - along * t;
      return std::sqrt(r[0] * r[0] + r[1] * r[1] + r[2] * r[2]) - radius - growth * t;
    });
  }
}

void PhantomCanvas::add_noise(double sigma_hu, PhantomRandom& random) {
  std::vector<float> noise(hu_.size());
  uint64_t state = random.bits();
  for (float& value : noise) value = quick_normal(next_random(state));
  mean_of_three(noise, pose_.extent_xyz, 0);
  mean_of_three(noise, pose_.extent_xyz, 1);
  // Two means of three independent voxels leave a ninth of the variance.
  const auto gain = static_cast<float>(3 * sigma_hu);
  for (size_t i = 0; i < hu_.size(); ++i) hu_[i] += gain * noise[i];
}

}  // namespace nmsw::datasets
