#include "datasets/formats/nifti_orientation.h"

#include <algorithm>
#include <cmath>

#include "nmsw/base/error.h"

namespace nmsw::datasets {
namespace {

/// NIfTI's world is RAS, ours LPS: the first two coordinates change sign.
constexpr std::array<double, 3> kRasToLps{-1, -1, 1};
constexpr int16_t kScannerCode = 1;

constexpr int kSpaceMask = 7, kMetre = 1, kMillimetre = 2, kMicrometre = 3;

double millimetres_per_unit(const NiftiHeader& header) {
  switch (header.xyzt_units & kSpaceMask) {
    case kMetre:
      return 1e3;
    case kMicrometre:
      return 1e-3;
    default:
      return 1;
  }
}

bool is_possible(double spacing) { return std::isfinite(spacing) && spacing != 0; }

/// The first dimension, from 1, whose pixdim is impossible; 0 where all are sound.
int impossible_pixdim(const NiftiHeader& header) {
  for (int axis = 1; axis <= std::min<int>(3, header.dim[0]); ++axis) {
    if (!is_possible(header.pixdim[axis])) return axis;
  }
  return 0;
}

/// All zero is what writers leave that know of no sform.
bool is_zero_sform(const NiftiHeader& header) {
  return std::all_of(header.srow_x, header.srow_x + 3, [](float x) { return x == 0; }) &&
         std::all_of(header.srow_y, header.srow_y + 3, [](float x) { return x == 0; }) &&
         std::all_of(header.srow_z, header.srow_z + 3, [](float x) { return x == 0; });
}

Real3 magnitudes(const NiftiHeader& header) {
  Real3 spacing{1, 1, 1};
  for (int axis = 1; axis <= std::min<int>(3, header.dim[0]); ++axis)
    spacing[static_cast<size_t>(axis - 1)] = std::abs(static_cast<double>(header.pixdim[axis]));
  return spacing;
}

/// The spacing where pixdim alone tells it.
Real3 header_spacing(const NiftiHeader& header, const std::string& file,
                     std::vector<std::string>& notes) {
  if (const int axis = impossible_pixdim(header)) {
    throw DataError(
        "{}: voxel spacing {} along dimension {} is impossible; correct pixdim in the header", file,
        header.pixdim[axis], axis);
  }
  const bool negative =
      std::any_of(header.pixdim + 1, header.pixdim + 1 + std::min<int>(3, header.dim[0]),
                  [](float p) { return p < 0; });
  if (negative)
    notes.push_back(fmt::format("{}: a negative voxel spacing is taken as its magnitude", file));
  return magnitudes(header);
}

/// Says which of sform and pixdim is taken where they disagree.
void note_disagreement(const NiftiHeader& header, const Real3& length, const std::string& file,
                       std::vector<std::string>& notes) {
  constexpr double kRounding = 1e-3;
  const float* p = header.pixdim;
  if (impossible_pixdim(header) > 0) {
    notes.push_back(fmt::format(
        "{}: its pixdim {} x {} x {} is impossible; the spacing is taken from the sform", file,
        p[1], p[2], p[3]));
    return;
  }
  const Real3 pixdim = magnitudes(header);
  for (size_t axis = 0; axis < static_cast<size_t>(std::min<int>(3, header.dim[0])); ++axis) {
    if (std::abs(pixdim[axis] - length[axis]) <= kRounding * length[axis]) continue;
    notes.push_back(
        fmt::format("{}: its sform has voxels of {:.6g} x {:.6g} x {:.6g}, its pixdim {:.6g} x "
                    "{:.6g} x {:.6g}; "
                    "the sform is taken",
                    file, length[0], length[1], length[2], pixdim[0], pixdim[1], pixdim[2]));
    return;
  }
}

Geometry from_sform(const NiftiHeader& header, const std::string& file,
                    std::vector<std::string>& notes) {
  // float32 rounding of the matrix; beyond it the matrix is right and pixdim is not.
  constexpr double kSameSpacing = 1e-5;
  const std::array<const float*, 3> rows{header.srow_x, header.srow_y, header.srow_z};
  const Real3 pixdim = magnitudes(header);
  Geometry geometry;
  Real3 lengths{};
  // Each for itself: std::hypot(0, 0, NaN) is 0 in GCC 12's library.
  for (const float* row : rows) {
    if (!std::all_of(row, row + 4, [](float number) { return std::isfinite(number); })) {
      throw DataError(
          "{}: its sform holds values that are not finite; correct the header or export the image "
          "again",
          file);
    }
  }
  for (size_t axis = 0; axis < 3; ++axis) {
    const double length =
        std::hypot(static_cast<double>(rows[0][axis]), static_cast<double>(rows[1][axis]),
                   static_cast<double>(rows[2][axis]));
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
    const bool same = std::abs(length - pixdim[axis]) <= kSameSpacing * length;
    geometry.spacing_xyz_mm[axis] = same ? pixdim[axis] : length;
    geometry.origin_lps_mm[axis] = kRasToLps[axis] * static_cast<double>(rows[axis][3]);
    lengths[axis] = length;
  }
  note_disagreement(header, lengths, file, notes);
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
  // Where float32 rounding alone keeps a half turn from having no real part, as the standard's code.
  constexpr double kNoRealPart = 1e-7;
  double a = 1 - square < kNoRealPart ? 0 : std::sqrt(1 - square);
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

bool has_damaged_geometry(const NiftiHeader& header) {
  return impossible_pixdim(header) > 0 || (header.sform_code > 0 && is_zero_sform(header));
}

Geometry nifti_geometry(const NiftiHeader& header, const std::string& file,
                        std::vector<std::string>& notes) {
  Geometry geometry;
  const bool without_sform =
      header.sform_code > 0 && header.qform_code > 0 && is_zero_sform(header);
  if (without_sform)
    notes.push_back(fmt::format("{}: its sform is zero; the qform is taken", file));
  if (header.sform_code > 0 && !without_sform) {
    geometry = from_sform(header, file, notes);
  } else if (header.qform_code > 0) {
    geometry = from_qform(header, header_spacing(header, file, notes), file);
  } else {
    notes.push_back(fmt::format(
        "{}: has neither qform nor sform; its axes are taken as right, front, head", file));
    geometry.spacing_xyz_mm = header_spacing(header, file, notes);
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
  header.xyzt_units = static_cast<char>((header.xyzt_units & ~kSpaceMask) | kMillimetre);
}

}  // namespace nmsw::datasets
