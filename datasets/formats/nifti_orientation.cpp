#include "datasets/formats/nifti_orientation.h"

#include <algorithm>
#include <cmath>

#include "nmsw/base/error.h"

namespace nmsw::datasets {
namespace {

/// NIfTI's world is RAS, ours LPS: the first two coordinates change sign.
constexpr std::array<double, 3> kRasToLps{-1, -1, 1};
constexpr int16_t kScannerCode = 1;

double millimetres_per_unit(const NiftiHeader& header) {
  constexpr int kSpaceMask = 7, kMetre = 1, kMicrometre = 3;
  switch (header.xyzt_units & kSpaceMask) {
    case kMetre:
      return 1e3;
    case kMicrometre:
      return 1e-3;
    default:
      return 1;
  }
}

Real3 header_spacing(const NiftiHeader& header, const std::string& file,
                     std::vector<std::string>& notes) {
  Real3 spacing{1, 1, 1};
  bool negative = false;
  for (int axis = 1; axis <= std::min<int>(3, header.dim[0]); ++axis) {
    const double value = header.pixdim[axis];
    if (!std::isfinite(value) || value == 0) {
      throw DataError(
          "{}: voxel spacing {} along dimension {} is impossible; correct pixdim in the header",
          file, value, axis);
    }
    negative = negative || value < 0;
    spacing[static_cast<size_t>(axis - 1)] = std::abs(value);
  }
  if (negative)
    notes.push_back(fmt::format("{}: a negative voxel spacing is taken as its magnitude", file));
  return spacing;
}

Geometry from_sform(const NiftiHeader& header, const Real3& pixdim, const std::string& file) {
  // float32 rounding of the matrix; beyond it the matrix is right and pixdim is not.
  constexpr double kSameSpacing = 1e-5;
  const std::array<const float*, 3> rows{header.srow_x, header.srow_y, header.srow_z};
  Geometry geometry;
  for (size_t axis = 0; axis < 3; ++axis) {
    const double length =
        std::hypot(static_cast<double>(rows[0][axis]), static_cast<double>(rows[1][axis]),
                   static_cast<double>(rows[2][axis]));
    if (!std::isfinite(length) || !std::isfinite(rows[axis][3])) {
      throw DataError(
          "{}: its sform holds values that are not finite; correct the header or export the image "
          "again",
          file);
    }
    if (length == 0) {
      throw DataError(
          "{}: its sform is singular (column {} is zero); correct the header or export the image "
          "again",
          file, axis + 1);
    }
    for (size_t row = 0; row < 3; ++row) {
      geometry.direction_lps[row * 3 + axis] =
          kRasToLps[row] * static_cast<double>(rows[row][axis]) / length;
    }
    geometry.spacing_xyz_mm[axis] =
        std::abs(length - pixdim[axis]) <= kSameSpacing * length ? pixdim[axis] : length;
    geometry.origin_lps_mm[axis] = kRasToLps[axis] * static_cast<double>(rows[axis][3]);
  }
  return geometry;
}

Geometry from_qform(const NiftiHeader& header, const Real3& pixdim, const std::string& file) {
  double b = header.quatern_b, c = header.quatern_c, d = header.quatern_d;
  const double square = b * b + c * c + d * d;
  constexpr double kRounding = 1e-3;
  if (!std::isfinite(square) || square > 1 + kRounding) {
    throw DataError(
        "{}: its qform quaternion ({}, {}, {}) is no rotation; correct the header or export the "
        "image again",
        file, b, c, d);
  }
  double a = std::sqrt(std::max(0.0, 1 - square));
  const double norm = std::sqrt(a * a + square);
  for (double* part : {&a, &b, &c, &d}) *part /= norm;
  const Matrix3 rotation{
      a * a + b * b - c * c - d * d, 2 * (b * c - a * d),           2 * (b * d + a * c),
      2 * (b * c + a * d),           a * a + c * c - b * b - d * d, 2 * (c * d - a * b),
      2 * (b * d - a * c),           2 * (c * d + a * b),           a * a + d * d - b * b - c * c};
  const double handedness = header.pixdim[0] < 0 ? -1 : 1;
  const Real3 offset{header.qoffset_x, header.qoffset_y, header.qoffset_z};
  Geometry geometry;
  geometry.spacing_xyz_mm = pixdim;
  for (size_t row = 0; row < 3; ++row) {
    for (size_t axis = 0; axis < 3; ++axis) {
      geometry.direction_lps[row * 3 + axis] =
          kRasToLps[row] * rotation[row * 3 + axis] * (axis == 2 ? handedness : 1);
    }
    geometry.origin_lps_mm[row] = kRasToLps[row] * offset[row];
  }
  return geometry;
}

/// Quaternion (b, c, d) of a proper rotation, by the branch that keeps the divisor large.
std::array<double, 3> quaternion(const Matrix3& r) {
  const double trace = r[0] + r[4] + r[8] + 1;
  std::array<double, 4> q{};
  if (trace > 0.5) {
    const double a = 0.5 * std::sqrt(trace);
    q = {a, (r[7] - r[5]) / (4 * a), (r[2] - r[6]) / (4 * a), (r[3] - r[1]) / (4 * a)};
  } else {
    const double x = 1 + r[0] - (r[4] + r[8]), y = 1 + r[4] - (r[0] + r[8]),
                 z = 1 + r[8] - (r[0] + r[4]);
    if (x > 1) {
      const double b = 0.5 * std::sqrt(x);
      q = {(r[7] - r[5]) / (4 * b), b, (r[1] + r[3]) / (4 * b), (r[2] + r[6]) / (4 * b)};
    } else if (y > 1) {
      const double c = 0.5 * std::sqrt(y);
      q = {(r[2] - r[6]) / (4 * c), (r[1] + r[3]) / (4 * c), c, (r[5] + r[7]) / (4 * c)};
    } else {
      const double d = 0.5 * std::sqrt(z);
      q = {(r[3] - r[1]) / (4 * d), (r[2] + r[6]) / (4 * d), (r[5] + r[7]) / (4 * d), d};
    }
  }
  const double sign = q[0] < 0 ? -1 : 1;
  return {sign * q[1], sign * q[2], sign * q[3]};
}

}  // namespace

Geometry nifti_geometry(const NiftiHeader& header, const std::string& file,
                        std::vector<std::string>& notes) {
  const Real3 spacing = header_spacing(header, file, notes);
  Geometry geometry;
  if (header.sform_code > 0) {
    geometry = from_sform(header, spacing, file);
  } else if (header.qform_code > 0) {
    geometry = from_qform(header, spacing, file);
  } else {
    notes.push_back(fmt::format(
        "{}: has neither qform nor sform; its axes are taken as right, front, head", file));
    geometry.spacing_xyz_mm = spacing;
    geometry.direction_lps = {-1, 0, 0, 0, -1, 0, 0, 0, 1};
  }
  const double unit = millimetres_per_unit(header);
  for (double& value : geometry.spacing_xyz_mm) value *= unit;
  for (double& value : geometry.origin_lps_mm) value *= unit;
  return geometry;
}

void set_nifti_geometry(NiftiHeader& header, const Geometry& geometry) {
  Matrix3 ras{};
  for (size_t row = 0; row < 3; ++row) {
    for (size_t axis = 0; axis < 3; ++axis) {
      ras[row * 3 + axis] = kRasToLps[row] * geometry.direction_lps[row * 3 + axis];
    }
  }
  const std::array<float*, 3> rows{header.srow_x, header.srow_y, header.srow_z};
  const std::array<float*, 3> offsets{&header.qoffset_x, &header.qoffset_y, &header.qoffset_z};
  for (size_t row = 0; row < 3; ++row) {
    for (size_t axis = 0; axis < 3; ++axis) {
      rows[row][axis] = static_cast<float>(ras[row * 3 + axis] * geometry.spacing_xyz_mm[axis]);
    }
    rows[row][3] = static_cast<float>(kRasToLps[row] * geometry.origin_lps_mm[row]);
    *offsets[row] = rows[row][3];
    header.pixdim[row + 1] = static_cast<float>(geometry.spacing_xyz_mm[row]);
  }
  const bool left_handed = determinant(ras) < 0;
  header.pixdim[0] = left_handed ? -1.0F : 1.0F;
  if (left_handed) {
    for (size_t row = 0; row < 3; ++row) ras[row * 3 + 2] *= -1;
  }
  const std::array<double, 3> q = quaternion(ras);
  header.quatern_b = static_cast<float>(q[0]);
  header.quatern_c = static_cast<float>(q[1]);
  header.quatern_d = static_cast<float>(q[2]);
  header.qform_code = header.sform_code = kScannerCode;
}

}  // namespace nmsw::datasets
