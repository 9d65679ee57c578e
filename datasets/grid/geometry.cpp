#include "datasets/grid/geometry.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "nmsw/base/error.h"

namespace nmsw::datasets {
namespace {

/// Headers store the direction in float32, whose rounding stays far below; ITK refuses from about
/// 5e-4 on.
constexpr double kShearTolerance = 2e-4;
constexpr double kSingularDeterminant = 1e-3;
constexpr double kGridTolerance = 0.1;
/// A nanometre and a kilometre: beyond them nothing was measured, a header is damaged.
constexpr double kSmallestMm = 1e-6, kLargestMm = 1e6;

double entry(const Matrix3& matrix, size_t row, size_t column) { return matrix[row * 3 + column]; }

Matrix3 inverse_transposed(const Matrix3& m) {
  const double scale = 1.0 / determinant(m);
  Matrix3 result{};
  for (size_t row = 0; row < 3; ++row) {
    for (size_t column = 0; column < 3; ++column) {
      const size_t r1 = (row + 1) % 3, r2 = (row + 2) % 3, c1 = (column + 1) % 3,
                   c2 = (column + 2) % 3;
      result[row * 3 + column] =
          scale * (entry(m, r1, c1) * entry(m, r2, c2) - entry(m, r1, c2) * entry(m, r2, c1));
    }
  }
  return result;
}

bool all_finite(const double* values, size_t count) {
  return std::all_of(values, values + count, [](double value) { return std::isfinite(value); });
}

void check_extent(const Geometry& geometry, const std::string& file) {
  // Every voxel is held several times over in memory; far beyond this no machine could read the
  // file anyway.
  constexpr int64_t kLargestCount = int64_t{1} << 36;
  int64_t count = 1;
  for (const int64_t extent : geometry.extent_xyz) {
    if (extent < 1 || extent > kLargestCount / count) {
      throw DataError(
          "{}: its size {} x {} x {} is impossible; the header is damaged, export the image again",
          file, geometry.extent_xyz[0], geometry.extent_xyz[1], geometry.extent_xyz[2]);
    }
    count *= extent;
  }
}

}  // namespace

double determinant(const Matrix3& m) {
  return m[0] * (m[4] * m[8] - m[5] * m[7]) - m[1] * (m[3] * m[8] - m[5] * m[6]) +
         m[2] * (m[3] * m[7] - m[4] * m[6]);
}

Real3 world_position(const Geometry& geometry, const Real3& index_xyz) {
  Real3 position = geometry.origin_lps_mm;
  for (size_t row = 0; row < 3; ++row) {
    for (size_t axis = 0; axis < 3; ++axis) {
      position[row] += entry(geometry.direction_lps, row, axis) * geometry.spacing_xyz_mm[axis] *
                       index_xyz[axis];
    }
  }
  return position;
}

double non_orthogonality(const Matrix3& direction) {
  double largest = 0;
  for (size_t a = 0; a < 3; ++a) {
    for (size_t b = 0; b < 3; ++b) {
      double product = a == b ? -1 : 0;
      for (size_t row = 0; row < 3; ++row)
        product += entry(direction, row, a) * entry(direction, row, b);
      largest = std::max(largest, std::abs(product));
    }
  }
  return largest;
}

Matrix3 polar_factor(const Matrix3& matrix) {
  constexpr int kMostSteps = 60;
  Matrix3 current = matrix;
  for (int step = 0; step < kMostSteps; ++step) {
    const Matrix3 other = inverse_transposed(current);
    double change = 0;
    for (size_t i = 0; i < 9; ++i) {
      const double next = 0.5 * (current[i] + other[i]);
      change = std::max(change, std::abs(next - current[i]));
      current[i] = next;
    }
    if (change < 1e-15) break;
  }
  return current;
}

Geometry checked_geometry(Geometry geometry, const std::string& file,
                          std::vector<std::string>& notes) {
  check_extent(geometry, file);
  for (const double spacing : geometry.spacing_xyz_mm) {
    if (!(spacing >= kSmallestMm && spacing <= kLargestMm)) {
      throw DataError(
          "{}: its voxel spacing {} x {} x {} mm is impossible; correct the header or export the "
          "image again",
          file, geometry.spacing_xyz_mm[0], geometry.spacing_xyz_mm[1], geometry.spacing_xyz_mm[2]);
    }
  }
  if (std::any_of(geometry.origin_lps_mm.begin(), geometry.origin_lps_mm.end(),
                  [](double x) { return std::abs(x) > kLargestMm; })) {
    throw DataError(
        "{}: its origin ({}, {}, {}) mm is impossible; correct the header or export the image "
        "again",
        file, geometry.origin_lps_mm[0], geometry.origin_lps_mm[1], geometry.origin_lps_mm[2]);
  }
  if (!all_finite(geometry.origin_lps_mm.data(), 3) ||
      !all_finite(geometry.direction_lps.data(), 9)) {
    throw DataError(
        "{}: its orientation holds values that are not finite; correct the header or export the "
        "image again",
        file);
  }
  if (std::abs(determinant(geometry.direction_lps)) < kSingularDeterminant) {
    throw DataError(
        "{}: its direction matrix is singular (two voxel axes coincide); correct the header or "
        "export the "
        "image again",
        file);
  }
  const double shear = non_orthogonality(geometry.direction_lps);
  if (shear > kShearTolerance) {
    geometry.direction_lps = polar_factor(geometry.direction_lps);
    notes.push_back(fmt::format(
        "{}: the voxel axes are sheared (by {:.2g}, a tilted gantry?); the nearest rotation is "
        "used instead",
        file, shear));
  }
  // A header's -0 would only confuse readers of messages and stored transforms.
  for (double& value : geometry.direction_lps) value += 0.0;
  for (double& value : geometry.origin_lps_mm) value += 0.0;
  return geometry;
}

void require_same_grid(const Geometry& a, const std::string& name_a, const Geometry& b,
                       const std::string& name_b) {
  if (a.extent_xyz != b.extent_xyz) {
    throw DataError(
        "{} has {} x {} x {} voxels but {} has {} x {} x {}; both must lie on one grid, resample "
        "one to the "
        "other",
        name_a, a.extent_xyz[0], a.extent_xyz[1], a.extent_xyz[2], name_b, b.extent_xyz[0],
        b.extent_xyz[1], b.extent_xyz[2]);
  }
  double side = std::numeric_limits<double>::infinity();
  for (size_t axis = 0; axis < 3; ++axis)
    side = std::min({side, a.spacing_xyz_mm[axis], b.spacing_xyz_mm[axis]});
  double farthest = 0;
  for (unsigned corner = 0; corner < 8; ++corner) {
    Real3 index{};
    for (size_t axis = 0; axis < 3; ++axis) {
      index[axis] = ((corner >> axis) & 1U) != 0 ? static_cast<double>(a.extent_xyz[axis] - 1) : 0;
    }
    const Real3 at_a = world_position(a, index), at_b = world_position(b, index);
    farthest =
        std::max(farthest, std::hypot(at_a[0] - at_b[0], at_a[1] - at_b[1], at_a[2] - at_b[2]));
  }
  if (farthest > kGridTolerance * side) {
    throw DataError(
        "{} and {} do not lie on one grid: a corner voxel differs by {:.3g} mm; check that they "
        "belong "
        "together, or resample one to the other",
        name_a, name_b, farthest);
  }
}

}  // namespace nmsw::datasets
