#include "runners/planning/setup/preparation_choice.h"

#include <algorithm>
#include <cmath>

#include "datasets/preparation/prepared_extent.h"
#include "runners/planning/setup/yaml_words.h"

namespace nmsw::runners {
namespace {

using datasets::ClassSurvey;
using datasets::DatasetSurvey;

Real3 medians(const std::array<datasets::Spread, 3>& spreads) {
  return {spreads[0].median, spreads[1].median, spreads[2].median};
}

/// The class with the least volume among those that were seen.
const ClassSurvey& smallest_class(const DatasetSurvey& survey) {
  return *std::min_element(survey.classes.begin(), survey.classes.end(),
                           [](const ClassSurvey& a, const ClassSurvey& b) {
                             return (a.cases_with > 0 ? a.median_ml : INFINITY) <
                                    (b.cases_with > 0 ? b.median_ml : INFINITY);
                           });
}

/// Sides of the median scan in mm.
Real3 scan_mm(const DatasetSurvey& survey) {
  const Real3 extent = medians(survey.extent_xyz), spacing = medians(survey.spacing_xyz_mm);
  return {extent[0] * spacing[0], extent[1] * spacing[1], extent[2] * spacing[2]};
}

double voxels_at(const Real3& scan, const Real3& spacing) {
  return scan[0] / spacing[0] * (scan[1] / spacing[1]) * (scan[2] / spacing[2]);
}

Real3 at_least(Real3 spacing, double least) {
  for (double& side : spacing) side = std::max(side, least);
  return spacing;
}

double rounded_to(double value, double step) { return std::nearbyint(value / step) * step; }

/// The finer axes are coarsened first, and never so far that the smallest class has fewer than three
/// voxels across.
Real3 coarsened(const DatasetSurvey& survey, const Real3& spacing, double most_voxels) {
  const Real3 scan = scan_mm(survey);
  const Real3& box = smallest_class(survey).median_box_mm;
  const double coarsest = *std::min_element(box.begin(), box.end()) / 3;
  double least = *std::min_element(spacing.begin(), spacing.end());
  while (voxels_at(scan, at_least(spacing, least)) > most_voxels && least * 1.05 <= coarsest)
    least *= 1.05;
  return at_least(spacing, least);
}

void choose_spacing(const DatasetSurvey& survey, const VolumeLimits& limits,
                    PreparationChoice& choice) {
  const Real3 median = medians(survey.spacing_xyz_mm);
  Real3 target = coarsened(survey, median, limits.most_scan_voxels);
  const bool coarser = target != median;
  bool all_alike = true;
  for (const datasets::Spread& side : survey.spacing_xyz_mm)
    all_alike = all_alike && side.high - side.low <= 0.01 * side.median;
  std::string range;
  for (size_t a = 0; a < 3; ++a) {
    range += fmt::format("{}{:.3g} to {:.3g}", a == 0 ? "" : ", ", survey.spacing_xyz_mm[a].low,
                         survey.spacing_xyz_mm[a].high);
  }
  if (all_alike && !coarser) {
    choice.spacing_xyz_mm = median;
    choice.why_spacing = fmt::format("All {} scans have voxels of {} mm, so nothing is resampled.",
                                     survey.grids.size(), spacing_words(median));
    return;
  }
  for (double& side : target) side = std::stod(short_number(side));
  choice.spacing_xyz_mm = target;
  choice.preprocessing.spacing_xyz_mm = target;
  choice.why_spacing =
      fmt::format("Voxel sides of {} scans: {} mm (right, front, head), median {}.",
                  survey.grids.size(), range, spacing_words(median));
  const auto [fine, coarse] = std::minmax_element(median.begin(), median.end());
  if (coarser) {
    choice.why_spacing += fmt::format(
        " At the median a scan would have {:.3g} million voxels, too many for this machine and "
        "budget; the finer axes are coarsened to {:.3g} million.",
        voxels_at(scan_mm(survey), median) / 1e6, voxels_at(scan_mm(survey), target) / 1e6);
  } else {
    choice.why_spacing += " The median of each axis is taken.";
  }
  if (*coarse > 1.1 * *fine) {
    choice.why_spacing += fmt::format(
        " Not made isotropic: voxels are {:.1f} times longer along one axis than along another, "
        "and "
        "finer ones there would be interpolated, not measured.",
        *coarse / *fine);
  }
}

/// Where bone is among soft tissue, its brightest voxels would take most of the window.
struct WindowEnd {
  double high;
  std::string why;
};
WindowEnd window_end(const DatasetSurvey& survey) {
  constexpr double kWide = 800, kSoft = 150, kBone = 250;
  const WindowEnd whole{survey.foreground.high, ""};
  double soft = -INFINITY;
  const ClassSurvey* brightest = nullptr;
  for (const ClassSurvey& each : survey.classes) {
    if (each.cases_with == 0) continue;
    if (each.intensities.median < kSoft) soft = std::max(soft, each.intensities.high);
    if (brightest == nullptr || each.intensities.median > brightest->intensities.median)
      brightest = &each;
  }
  if (survey.foreground.high - survey.foreground.low < kWide || std::isinf(soft) ||
      brightest->intensities.median < kBone) {
    return whole;
  }
  const double high = std::max(soft, brightest->intensities.median);
  if (high >= whole.high) return whole;
  return {high, fmt::format(
                    " It ends at {:.0f} HU already, the median of {} (soft classes reach {:.0f}): "
                    "what is brighter stays apart, and soft tissue keeps more of the range.",
                    high, brightest->name, soft)};
}

void choose_intensity(const DatasetSurvey& survey, const std::string& modality,
                      PreparationChoice& choice) {
  datasets::PreprocessConfig& config = choice.preprocessing;
  const datasets::Spread& found = survey.foreground;
  if (modality == "CT") {
    config.intensity = datasets::IntensityRule::window;
    // Outwards to tens, and never empty.
    const WindowEnd end = window_end(survey);
    config.window = {std::floor(found.low / 10) * 10, std::ceil(end.high / 10) * 10};
    if (config.window[1] - config.window[0] < 50) config.window[1] = config.window[0] + 50;
    choice.why_intensity = fmt::format(
        "CT: values mean the same in every scan, so that one window serves all. It runs from the "
        "0.5th to the 99.5th percentile of the foreground, {:.0f} to {:.0f} HU (median {:.0f}), "
        "rounded outwards; what lies outside is clipped.{}",
        found.low, found.high, found.median, end.why);
    config.crop_foreground = true;
    choice.why_crop =
        "Cut to the box of voxels above the window's low end: the air around the patient.";
    return;
  }
  config.intensity = datasets::IntensityRule::zscore;
  choice.why_intensity = fmt::format(
      "MR: values have no fixed meaning (the foreground's 0.5th and 99.5th percentiles are {:.4g} "
      "and {:.4g}), so that each scan is brought to mean 0 and deviation 1 of its voxels that are "
      "not zero.",
      found.low, found.high);
  constexpr double kWorthCropping = 0.9;
  config.crop_foreground = survey.nonzero_share < kWorthCropping;
  choice.why_crop =
      fmt::format("The box of voxels that are not zero takes {:.0f} % of the median scan: {}.",
                  100 * survey.nonzero_share,
                  config.crop_foreground ? "the rest is cut away" : "there is nothing to cut away");
}

int64_t whole_multiple(double value, int64_t multiple, bool up) {
  const double parts = value / static_cast<double>(multiple);
  return multiple * static_cast<int64_t>(up ? std::ceil(parts - 1e-9) : std::floor(parts + 1e-9));
}

/// One axis: three eighths of the scan, more where the smallest class is longer, up to a half.
int64_t patch_side(double extent, double box, int64_t multiple, const NetworkTier& tier) {
  int64_t side = std::max(
      whole_multiple(extent * 3 / 8, multiple, false),
      std::min(whole_multiple(box, multiple, true), whole_multiple(extent / 2, multiple, false)));
  side = std::max(side, tier.smallest_side);
  // A scan that is thinner than the smallest patch would be padded for nothing.
  if (!tier.needs_side)
    side = std::min(side, std::max(2 * multiple, whole_multiple(extent, multiple, true)));
  return side;
}

void choose_patch(const DatasetSurvey& survey, const NetworkTier& tier, const VolumeLimits& limits,
                  PreparationChoice& choice) {
  const int64_t multiple = local_model(tier).size_multiple;
  const Real3 scan = scan_mm(survey);
  const ClassSurvey& smallest = smallest_class(survey);
  Real3 extent{};
  for (size_t a = 0; a < 3; ++a) {
    extent[a] = scan[a] / choice.spacing_xyz_mm[a];
    choice.patch_xyz[a] =
        patch_side(extent[a], smallest.median_box_mm[a] / choice.spacing_xyz_mm[a], multiple, tier);
  }
  Int3& patch = choice.patch_xyz;
  while (patch[0] * patch[1] * patch[2] > limits.most_patch_voxels)
    *std::max_element(patch.begin(), patch.end()) -= multiple;
  choice.why_patch = fmt::format(
      "At this voxel size the median scan has {:.0f} x {:.0f} x {:.0f} voxels. A patch takes about "
      "three eighths "
      "of a side, so that there are patches to choose from, at least {} voxels where the scan has "
      "them, and a multiple of {} for the network's strides. The smallest class, {}, fills {} mm "
      "({:.3g} ml).",
      extent[0], extent[1], extent[2], tier.smallest_side, multiple, smallest.name,
      spacing_words(smallest.median_box_mm), smallest.median_ml);
}

/// Voxels of the smallest class that must be left for the global network to see it.
constexpr double kSeenVoxels = 30;
constexpr double kLeastCoarseSide = 16;

/// An axis that is coarser already is made less smaller.
int64_t rate_along(int64_t rate, double side, double finest, double extent) {
  if (side >= 4 * finest) rate = 1;
  if (side >= 2 * finest) rate = std::min<int64_t>(rate, 2);
  while (rate > 1 && extent / static_cast<double>(rate) < kLeastCoarseSide / 2) --rate;
  return rate;
}

void choose_downsize(const DatasetSurvey& survey, PreparationChoice& choice) {
  const Real3 scan = scan_mm(survey);
  const Real3& side = choice.spacing_xyz_mm;
  const ClassSurvey& smallest = smallest_class(survey);
  const double finest = *std::min_element(side.begin(), side.end());
  const double voxels = smallest.median_ml * 1000 / (side[0] * side[1] * side[2]);
  double left = voxels;
  for (int64_t rate = 2; rate <= 4; ++rate) {
    Int3 rates{};
    double seen = voxels;
    bool fits = true;
    for (size_t a = 0; a < 3; ++a) {
      rates[a] = rate_along(rate, side[a], finest, scan[a] / side[a]);
      seen /= static_cast<double>(rates[a]);
      fits = fits && scan[a] / side[a] / static_cast<double>(rates[a]) >= kLeastCoarseSide;
    }
    if (rate > 2 && (seen < kSeenVoxels || !fits)) break;
    choice.downsize_rate_xyz = rates;
    left = seen;
  }
  choice.why_downsize = fmt::format(
      "The global network sees the whole scan this much smaller. More is cheaper, as long as the "
      "smallest class, {}, keeps {:.0f} voxels ({:.0f} of {:.0f} here) and the scan {:.0f} a side; "
      "2 "
      "is the least, but for an axis that is coarse or short already.",
      smallest.name, kSeenVoxels, left, voxels, kLeastCoarseSide);
}

void choose_tolerance(const DatasetSurvey& survey, PreparationChoice& choice) {
  Real3 sides = medians(survey.spacing_xyz_mm);
  std::sort(sides.begin(), sides.end());
  choice.nsd_tolerance_mm = std::clamp(rounded_to(sides[1], 0.5), 1.0, 3.0);
  choice.why_tolerance =
      "The surface Dice forgives about a voxel, 1 to 3 mm. Where readers' agreement on a class is "
      "known, give it with nsd_tolerances_mm.";
}

}  // namespace

VolumeLimits volume_limits(bool on_cuda) {
  return on_cuda ? VolumeLimits{64e6, int64_t{128} * 128 * 128}
                 : VolumeLimits{4e6, int64_t{64} * 64 * 64};
}

ChannelChoice choose_channel(const std::string& name, const DatasetSurvey& survey,
                             const std::string& modality) {
  PreparationChoice choice;
  choose_intensity(survey, modality, choice);
  ChannelChoice channel;
  channel.rule.name = name;
  channel.rule.intensity = choice.preprocessing.intensity;
  channel.rule.window = choice.preprocessing.window;
  channel.why = choice.why_intensity;
  return channel;
}

PreparationChoice choose_preparation(const DatasetSurvey& survey, const std::string& modality,
                                     const NetworkTier& tier, const VolumeLimits& limits) {
  PreparationChoice choice;
  choose_spacing(survey, limits, choice);
  choose_intensity(survey, modality, choice);
  choose_patch(survey, tier, limits, choice);
  choose_downsize(survey, choice);
  choose_tolerance(survey, choice);
  return choice;
}

std::vector<Int3> prepared_extents(const DatasetSurvey& survey, const PreparationChoice& choice) {
  datasets::FitConfig fit;
  fit.minimum_xyz = choice.patch_xyz;
  std::vector<Int3> extents;
  for (const Geometry& grid : survey.grids) {
    extents.push_back(
        datasets::prepared_extent(grid.extent_xyz, grid.spacing_xyz_mm, choice.preprocessing, fit));
  }
  return extents;
}

}  // namespace nmsw::runners
