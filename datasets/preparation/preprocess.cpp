#include "datasets/preparation/preprocess.h"

#include <cmath>

#include "datasets/grid/geometry.h"
#include "datasets/preparation/crop_pad.h"
#include "datasets/preparation/intensity.h"
#include "datasets/preparation/plausible_grid.h"
#include "datasets/preparation/resample.h"
#include "nmsw/base/error.h"

namespace nmsw::datasets {
namespace {

void check_config(const PreprocessConfig& config) {
  if (!(config.window[0] < config.window[1])) {
    throw ConfigError(
        "preprocessing.window: [{}, {}] is empty; give [low, high] with low below high",
        config.window[0], config.window[1]);
  }
  const auto& q = config.percentiles;
  if (!(q[0] >= 0 && q[0] < q[1] && q[1] <= 100)) {
    throw ConfigError("preprocessing.percentiles: [{}, {}] must rise within 0..100", q[0], q[1]);
  }
  if (!config.spacing_xyz_mm) return;
  for (const double spacing : *config.spacing_xyz_mm) {
    if (!(spacing > 0) || !std::isfinite(spacing)) {
      throw ConfigError(
          "preprocessing.spacing_xyz_mm: {} must be above 0 mm; leave the key out to keep the "
          "case's own",
          spacing);
    }
  }
}

void check_fit(const FitConfig& fit) {
  for (size_t axis = 0; axis < 3; ++axis) {
    const int64_t fixed = fit.fixed_xyz ? (*fit.fixed_xyz)[axis] : 1;
    if (fit.minimum_xyz[axis] < 1 || fit.multiple_xyz[axis] < 1 || fixed < 1) {
      throw ConfigError("the extents a case is padded to must be 1 or more (axis {})", "xyz"[axis]);
    }
  }
}

/// Cuts image and label alike.
void cut(PreparedCase& prepared, const VoxelBox& box, double fill) {
  prepared.image = cut_box(prepared.image, box, static_cast<float>(fill));
  prepared.label = cut_box(prepared.label, box, uint8_t{0});
}

VoxelBox foreground_box(const ImageVolume& raw, const ImageVolume& scaled,
                        const PreprocessConfig& config) {
  return config.intensity == IntensityRule::zscore ? box_not_zero(raw) : box_above_zero(scaled);
}

void crop(PreparedCase& prepared, const VoxelBox& foreground) {
  CaseTransform& transform = prepared.transform;
  transform.crop_extent_xyz = prepared.image.geometry.extent_xyz;
  if (foreground.extent_xyz[0] == 0) {
    prepared.notes.emplace_back("the image has no foreground; nothing is cropped");
    return;
  }
  transform.crop_start_xyz = foreground.start_xyz;
  transform.crop_extent_xyz = foreground.extent_xyz;
  cut(prepared, foreground, 0);
}

void resample(PreparedCase& prepared, const Real3& wanted_spacing) {
  const Real3 old_spacing = prepared.image.geometry.spacing_xyz_mm;
  const Real3 new_spacing = effective_spacing(old_spacing, wanted_spacing);
  if (new_spacing == old_spacing) return;
  for (size_t a = 0; a < 3; ++a) {
    // An axis left alone must map back without any rounding.
    prepared.transform.step_xyz[a] =
        new_spacing[a] == old_spacing[a] ? 1.0 : new_spacing[a] / old_spacing[a];
  }
  prepared.image = resample_linear(prepared.image, new_spacing);
  if (!prepared.label.voxels.empty())
    prepared.label = resample_nearest(prepared.label, new_spacing);
}

void fit_extent(PreparedCase& prepared, const PreprocessConfig& config, const FitConfig& fit) {
  Int3& offset = prepared.transform.offset_xyz;
  const auto step = [&](const VoxelBox& box, double fill) {
    for (size_t a = 0; a < 3; ++a) offset[a] += box.start_xyz[a];
    cut(prepared, box, fill);
  };
  const auto extent = [&] { return prepared.image.geometry.extent_xyz; };
  step(pad_to_minimum(extent(), fit.minimum_xyz), config.pad_value);
  step(pad_to_multiple(extent(), fit.multiple_xyz), config.divisible_pad_value);
  if (fit.fixed_xyz) step(crop_or_pad_to(extent(), *fit.fixed_xyz), config.pad_value);
}

}  // namespace

PreparedCase prepare_case(const std::string& case_id, const ImageVolume& image,
                          const LabelVolume* label, const PreprocessConfig& config,
                          const FitConfig& fit) {
  check_config(config);
  check_fit(fit);
  if (label != nullptr) {
    require_same_grid(image.geometry, "image of case " + case_id, label->geometry,
                      "label of case " + case_id);
  }
  PreparedCase prepared;
  prepared.case_id = case_id;
  CaseTransform& transform = prepared.transform;
  transform.original = image.geometry;
  transform.axes = ras_axis_map(image.geometry);
  const ImageVolume raw = apply_axis_map(image, transform.axes);
  const GridJudgement judged =
      judge_grid(raw.geometry.extent_xyz, raw.geometry.spacing_xyz_mm, config);
  if (!judged.fault.empty()) throw DataError("{}: {}", case_id, judged.fault);
  if (!judged.remark.empty()) prepared.notes.push_back(judged.remark);
  prepared.image.geometry = raw.geometry;
  prepared.image.voxels = scale_intensities(raw.voxels, config, prepared.notes);
  if (label != nullptr) prepared.label.voxels = apply_axis_map(*label, transform.axes).voxels;
  // The image's header decides: the label's may differ from it by rounding.
  prepared.label.geometry = raw.geometry;
  crop(prepared, config.crop_foreground ? foreground_box(raw, prepared.image, config)
                                        : VoxelBox{{0, 0, 0}, raw.geometry.extent_xyz});
  if (config.spacing_xyz_mm) resample(prepared, *config.spacing_xyz_mm);
  transform.resampled_extent_xyz = prepared.image.geometry.extent_xyz;
  fit_extent(prepared, config, fit);
  prepared.label.geometry = prepared.image.geometry;
  transform.prepared = prepared.image.geometry;
  return prepared;
}

}  // namespace nmsw::datasets
