#include "datasets/preparation/plausible_grid.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "datasets/preparation/resample.h"
#include "nmsw/base/readable.h"

namespace nmsw::datasets {
namespace {

constexpr double kSmallestSide = 0.05, kLargestSide = 50;
constexpr double kSmallestUsual = 0.2, kLargestUsual = 10;
/// Of a scan, in mm.
constexpr double kLongestUsual = 3000;
/// 16 GiB of intensities: five times a whole body at 0.5 mm.
constexpr double kMostVoxels = 4294967296.0;
/// Fewer slices may well become one.
constexpr int64_t kManyVoxels = 4;

bool any_outside(const Real3& sides, double low, double high) {
  return std::any_of(sides.begin(), sides.end(),
                     [=](double side) { return !(side >= low && side <= high); });
}

std::string in_mm(const Real3& sides) {
  return fmt::format("{:.4g} x {:.4g} x {:.4g} mm", sides[0], sides[1], sides[2]);
}

/// Extents as numbers that do not overflow, however wrong the header is.
Real3 resampled(const Int3& extent, const Real3& spacing, const Real3& target) {
  Real3 result{};
  for (size_t axis = 0; axis < 3; ++axis) {
    const double length = static_cast<double>(extent[axis] - 1) * spacing[axis];
    result[axis] = std::max(1.0, std::nearbyint(length / target[axis] + 1));
  }
  return result;
}

}  // namespace

GridJudgement judge_grid(const Int3& extent, const Real3& spacing, const PreprocessConfig& config) {
  const std::string sides = "voxels of " + in_mm(spacing);
  std::string resampling, target_mm;
  bool too_many = false, vanishes = false;
  if (config.spacing_xyz_mm) {
    const Real3 target = effective_spacing(spacing, *config.spacing_xyz_mm);
    const Real3 wanted = resampled(extent, spacing, target);
    const double voxels = wanted[0] * wanted[1] * wanted[2];
    too_many = !(voxels <= kMostVoxels);
    for (size_t axis = 0; axis < 3; ++axis)
      vanishes = vanishes || (extent[axis] >= kManyVoxels && wanted[axis] < 2);
    target_mm = in_mm(target);
    resampling = fmt::format(
        "at {} it would be {:.6g} x {:.6g} x {:.6g} voxels ({} as intensities)", target_mm,
        wanted[0], wanted[1], wanted[2], readable_bytes(voxels * sizeof(float)));
  }
  const std::string cost = resampling.empty() ? "" : "; " + resampling;
  if (any_outside(spacing, kSmallestSide, kLargestSide)) {
    return {sides + ": is the unit wrong? CT has 0.2 to 10 mm" + cost +
                "; correct the spacing in the header",
            ""};
  }
  if (too_many || vanishes) {
    return {fmt::format("{} cannot be resampled to {}: {}; correct the target spacing "
                        "(preprocessing.spacing_xyz_mm), or the header's",
                        sides, target_mm, resampling),
            ""};
  }
  double longest = 0;
  for (size_t axis = 0; axis < 3; ++axis)
    longest = std::max(longest, static_cast<double>(extent[axis]) * spacing[axis]);
  if (longest > kLongestUsual) {
    return {"", fmt::format("{}: is the spacing right? The scan would be {:.0f} mm long{}", sides,
                            longest, cost)};
  }
  if (!any_outside(spacing, kSmallestUsual, kLargestUsual)) return {};
  return {"", sides + ": is the unit right? CT has 0.2 to 10 mm" + cost};
}

}  // namespace nmsw::datasets
