#include "datasets/dicom/dicom_stack.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "datasets/grid/geometry.h"
#include "nmsw/base/error.h"

namespace nmsw::datasets {
namespace {

constexpr double kSameDirection = 1e-3;
constexpr double kSameSideShare = 1e-3;
constexpr double kSamePlaceMm = 1e-3;
constexpr double kUnevenShare = 0.1;
constexpr double kShiftInPixels = 0.5;

double dot(const Real3& a, const Real3& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

Real3 difference(const Real3& a, const Real3& b) { return {a[0] - b[0], a[1] - b[1], a[2] - b[2]}; }

Real3 unit(const Real3& v, const DicomSlice& slice) {
  const double length = std::sqrt(dot(v, v));
  if (!std::isfinite(length) || length < 0.5) {
    throw DataError(
        "{}: its ImageOrientationPatient is no pair of directions at right angles; export the "
        "series again",
        slice.file.string());
  }
  return {v[0] / length, v[1] / length, v[2] / length};
}

Real3 normal_of(const DicomSlice& slice) {
  const Real3 &r = slice.row_lps, &c = slice.column_lps;
  return unit({r[1] * c[2] - r[2] * c[1], r[2] * c[0] - r[0] * c[2], r[0] * c[1] - r[1] * c[0]},
              slice);
}

void require_alike(const DicomSlice& a, const DicomSlice& b) {
  if (a.extent_xy != b.extent_xy) {
    throw DataError(
        "{} has {} x {} pixels but {} has {} x {}; keep slices of one size in the folder",
        a.file.string(), a.extent_xy[0], a.extent_xy[1], b.file.string(), b.extent_xy[0],
        b.extent_xy[1]);
  }
  for (size_t axis = 0; axis < 2; ++axis) {
    if (std::abs(a.spacing_xy_mm[axis] - b.spacing_xy_mm[axis]) <=
        kSameSideShare * a.spacing_xy_mm[axis]) {
      continue;
    }
    throw DataError("{} has pixels of {} mm but {} of {} mm; keep slices of one kind in the folder",
                    a.file.string(), a.spacing_xy_mm[axis], b.file.string(), b.spacing_xy_mm[axis]);
  }
  for (size_t i = 0; i < 3; ++i) {
    if (std::abs(a.row_lps[i] - b.row_lps[i]) > kSameDirection ||
        std::abs(a.column_lps[i] - b.column_lps[i]) > kSameDirection) {
      throw DataError(
          "{} and {} lie in different directions (a localiser among the slices?); take one of the "
          "two kinds out of the folder",
          a.file.string(), b.file.string());
    }
  }
}

/// Distance of neighbours; the middle one of all, so that gaps do not change it.
double usual_distance(const std::vector<double>& heights) {
  std::vector<double> steps;
  for (size_t i = 1; i < heights.size(); ++i) steps.push_back(heights[i] - heights[i - 1]);
  const auto middle = steps.begin() + static_cast<std::ptrdiff_t>(steps.size() / 2);
  std::nth_element(steps.begin(), middle, steps.end());
  return *middle;
}

void require_even(const std::vector<DicomSlice>& slices, const std::vector<double>& heights) {
  for (size_t i = 1; i < slices.size(); ++i) {
    if (heights[i] - heights[i - 1] > kSamePlaceMm) continue;
    throw DataError(
        "{} and {} lie at the same place (two phases, or a copy?); keep one of each pair in the "
        "folder",
        slices[i - 1].file.string(), slices[i].file.string());
  }
  const double usual = usual_distance(heights);
  for (size_t i = 1; i < slices.size(); ++i) {
    const double step = heights[i] - heights[i - 1];
    if (std::abs(step - usual) <= kUnevenShare * usual) continue;
    throw DataError(
        "{} and {} are {:.4g} mm apart, the other slices {:.4g} mm; fetch the missing slices, or "
        "keep those of one distance",
        slices[i - 1].file.string(), slices[i].file.string(), step, usual);
  }
}

void require_upright(const std::vector<DicomSlice>& slices, const Real3& normal) {
  const DicomSlice &first = slices.front(), &last = slices.back();
  const Real3 way = difference(last.position_lps_mm, first.position_lps_mm);
  const double height = dot(way, normal);
  const double shift = std::sqrt(std::max(0.0, dot(way, way) - height * height));
  if (shift <= kShiftInPixels * std::min(first.spacing_xy_mm[0], first.spacing_xy_mm[1])) return;
  constexpr double kDegrees = 180 / 3.14159265358979323846;
  throw DataError(
      "{} and {}: the slices between them are shifted by {:.4g} mm in their own plane (a gantry "
      "tilted by {:.3g} degrees); convert the series with a tool that undoes the tilt, e.g. "
      "dcm2niix, and give its NIfTI",
      first.file.string(), last.file.string(), shift, std::atan2(shift, height) * kDegrees);
}

double distance_of_one(const DicomSlice& slice, std::vector<std::string>& notes) {
  const double distance = slice.thickness_mm > 0 ? slice.thickness_mm : 1;
  notes.push_back(fmt::format("{}: is the only slice; its thickness is taken as {} mm",
                              slice.file.string(), distance));
  return distance;
}

}  // namespace

Geometry stack_geometry(std::vector<DicomSlice>& slices, std::vector<std::string>& notes) {
  for (const DicomSlice& slice : slices) require_alike(slices.front(), slice);
  const Real3 normal = normal_of(slices.front());
  std::sort(slices.begin(), slices.end(), [&](const DicomSlice& a, const DicomSlice& b) {
    const double at_a = dot(a.position_lps_mm, normal), at_b = dot(b.position_lps_mm, normal);
    return at_a != at_b ? at_a < at_b : a.file < b.file;
  });
  const DicomSlice& first = slices.front();
  double distance = 0;
  if (slices.size() == 1) {
    distance = distance_of_one(first, notes);
  } else {
    std::vector<double> heights;
    for (const DicomSlice& slice : slices) heights.push_back(dot(slice.position_lps_mm, normal));
    require_even(slices, heights);
    require_upright(slices, normal);
    distance = (heights.back() - heights.front()) / static_cast<double>(slices.size() - 1);
  }
  Geometry geometry;
  geometry.extent_xyz = {first.extent_xy[0], first.extent_xy[1],
                         static_cast<int64_t>(slices.size())};
  geometry.spacing_xyz_mm = {first.spacing_xy_mm[0], first.spacing_xy_mm[1], distance};
  geometry.origin_lps_mm = first.position_lps_mm;
  const Real3 row = unit(first.row_lps, first), column = unit(first.column_lps, first);
  for (size_t i = 0; i < 3; ++i) {
    geometry.direction_lps[i * 3] = row[i];
    geometry.direction_lps[i * 3 + 1] = column[i];
    geometry.direction_lps[i * 3 + 2] = normal[i];
  }
  return checked_geometry(geometry, first.file.parent_path().string(), notes);
}

}  // namespace nmsw::datasets
