#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "datasets/phantoms/phantom_random.h"
#include "nmsw/base/volume.h"

namespace nmsw::datasets {

// Anatomical coordinates: millimetres in a standing adult, x to the patient's right, y to the
// front, z upwards; z = 4 is the middle of the third lumbar vertebra.
using Point = std::array<float, 3>;

/// Class of a structure that belongs to whatever it lies in, such as a vessel of the lung.
inline constexpr int kKeepClass = -1;

/// What a shape is made of. Class 0 paints over a class: the structure is background in this task.
struct Material {
  float hu = 0;
  int class_index = 0;
  /// Amplitude of a smooth random change of brightness inside.
  float texture_hu = 0;
  /// Amplitude of a smooth random change of the outline.
  float bump_mm = 0;
};

/// A point of a tube with the tube's radius there.
struct TubePoint {
  Point at;
  float radius;
};

/// How a case's voxel grid lies in anatomical space.
struct PhantomPose {
  Int3 extent_xyz{0, 0, 0};
  Real3 spacing_xyz_mm{1, 1, 1};
  /// Anatomical point in the middle of the grid.
  Point centre{0, 0, 0};
  /// Sizes of the patient relative to the standing adult, and turns about the axes in radians.
  Point scale{1, 1, 1};
  Point turn{0, 0, 0};
  /// Amplitudes in mm of the slow bends along the body (sideways, front to back, stretch).
  Point bend{0, 0, 0};
};

/// The picture a phantom is painted on, shape after shape, later ones over earlier ones; borders
/// are as soft as a voxel is wide (partial volume).
class PhantomCanvas {
 public:
  PhantomCanvas(const PhantomPose& pose, PhantomRandom& random);

  /// Paints where `distance(point)` (signed, mm, negative inside) is below zero, looking only
  /// inside a box.
  template <class Distance>
  void paint(const Point& low, const Point& high, const Material& material,
             const Distance& distance);

  void ellipsoid(const Point& centre, const Point& radii, const Material& material,
                 const Point& turn = {0, 0, 0});
  void tube(const std::vector<TubePoint>& points, const Material& material);

  /// Adds noise with a short correlation in the slice, as CT reconstruction leaves it.
  void add_noise(double sigma_hu, PhantomRandom& random);

  const PhantomPose& pose() const { return pose_; }
  int64_t voxel_count() const { return static_cast<int64_t>(hu_.size()); }
  Point point(int64_t index) const { return {x_[index], y_[index], z_[index]}; }
  /// Smooth random field of about unit variance, a few voxels wide.
  float smooth(int64_t index) const { return smooth_[index]; }
  void set(int64_t index, float hu) { hu_[index] = hu; }
  float softness_mm() const { return softness_; }

  std::vector<float> take_image() { return std::move(hu_); }
  std::vector<uint8_t> take_label() { return std::move(label_); }

 private:
  struct VoxelBox {
    Int3 low, high;
  };
  VoxelBox voxel_box(const Point& low, const Point& high, float margin_mm) const;
  void place_voxels(PhantomRandom& random);

  PhantomPose pose_;
  float softness_;
  /// Anatomical to millimetres from the grid's middle, for boxes; row-major.
  std::array<float, 9> to_grid_{};
  float bend_margin_ = 0;
  std::vector<float> x_, y_, z_, hu_, smooth_;
  std::vector<uint8_t> label_;
};

/// Rotation about x, then y, then z, row-major.
std::array<float, 9> rotation(const Point& turn);

inline Point operator+(const Point& a, const Point& b) {
  return {a[0] + b[0], a[1] + b[1], a[2] + b[2]};
}
inline Point operator-(const Point& a, const Point& b) {
  return {a[0] - b[0], a[1] - b[1], a[2] - b[2]};
}
inline Point operator*(const Point& a, float s) { return {a[0] * s, a[1] * s, a[2] * s}; }
inline Point times(const std::array<float, 9>& m, const Point& p) {
  return {m[0] * p[0] + m[1] * p[1] + m[2] * p[2], m[3] * p[0] + m[4] * p[1] + m[5] * p[2],
          m[6] * p[0] + m[7] * p[1] + m[8] * p[2]};
}

/// Signed distance to an ellipsoid round the origin, exact on its surface and to first order near
/// it.
inline float ellipsoid_distance(const Point& p, const Point& radii) {
  const Point a{p[0] / radii[0], p[1] / radii[1], p[2] / radii[2]};
  const Point b{a[0] / radii[0], a[1] / radii[1], a[2] / radii[2]};
  const float k0 = std::sqrt(a[0] * a[0] + a[1] * a[1] + a[2] * a[2]);
  const float k1 = std::sqrt(b[0] * b[0] + b[1] * b[1] + b[2] * b[2]);
  return k1 < 1e-6f ? -std::min({radii[0], radii[1], radii[2]}) : k0 * (k0 - 1) / k1;
}

template <class Distance>
void PhantomCanvas::paint(const Point& low, const Point& high, const Material& material,
                          const Distance& distance) {
  const VoxelBox box = voxel_box(low, high, material.bump_mm * 2);
  const Int3 extent = pose_.extent_xyz;
  const float inverse = 0.5f / softness_;
  for (int64_t z = box.low[2]; z < box.high[2]; ++z) {
    for (int64_t y = box.low[1]; y < box.high[1]; ++y) {
      const int64_t row = (z * extent[1] + y) * extent[0];
      for (int64_t i = row + box.low[0]; i < row + box.high[0]; ++i) {
        const float d = distance(Point{x_[i], y_[i], z_[i]}) + material.bump_mm * smooth_[i];
        if (d >= softness_) continue;
        const float alpha = std::min(1.0f, 0.5f - d * inverse);
        hu_[i] += alpha * (material.hu + material.texture_hu * smooth_[i] - hu_[i]);
        if (d < 0 && material.class_index != kKeepClass)
          label_[i] = static_cast<uint8_t>(material.class_index);
      }
    }
  }
}

}  // namespace nmsw::datasets
