#include "datasets/preparation/preprocess.h"

#include <algorithm>
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

/// A case on its way: the channels apart, the label in `result`.
struct Preparing {
  PreparedCase result;
  std::vector<ImageVolume> channels;

  const Geometry& grid() const { return channels.front().geometry; }
};

/// Cuts images and label alike.
void cut(Preparing& preparing, const VoxelBox& box, double fill) {
  for (ImageVolume& channel : preparing.channels)
    channel = cut_box(channel, box, static_cast<float>(fill));
  preparing.result.label = cut_box(preparing.result.label, box, uint8_t{0});
}

VoxelBox foreground_box(const ImageVolume& raw, const ImageVolume& scaled,
                        const PreprocessConfig& config) {
  const bool is_score = config.intensity == IntensityRule::zscore ||
                        config.intensity == IntensityRule::clipped_zscore;
  return is_score ? box_not_zero(raw) : box_above_zero(scaled);
}

/// The smallest box around two, of which either may be empty.
VoxelBox united(const VoxelBox& a, const VoxelBox& b) {
  if (a.extent_xyz[0] == 0) return b;
  if (b.extent_xyz[0] == 0) return a;
  VoxelBox box;
  for (size_t axis = 0; axis < 3; ++axis) {
    box.start_xyz[axis] = std::min(a.start_xyz[axis], b.start_xyz[axis]);
    box.extent_xyz[axis] =
        std::max(a.start_xyz[axis] + a.extent_xyz[axis], b.start_xyz[axis] + b.extent_xyz[axis]) -
        box.start_xyz[axis];
  }
  return box;
}

void crop(Preparing& preparing, const VoxelBox& foreground) {
  CaseTransform& transform = preparing.result.transform;
  transform.crop_extent_xyz = preparing.grid().extent_xyz;
  if (foreground.extent_xyz[0] == 0) {
    preparing.result.notes.emplace_back("the image has no foreground; nothing is cropped");
    return;
  }
  transform.crop_start_xyz = foreground.start_xyz;
  transform.crop_extent_xyz = foreground.extent_xyz;
  cut(preparing, foreground, 0);
}

void resample(Preparing& preparing, const Real3& wanted_spacing) {
  const Real3 old_spacing = preparing.grid().spacing_xyz_mm;
  const Real3 new_spacing = effective_spacing(old_spacing, wanted_spacing);
  if (new_spacing == old_spacing) return;
  for (size_t a = 0; a < 3; ++a) {
    // An axis left alone must map back without any rounding.
    preparing.result.transform.step_xyz[a] =
        new_spacing[a] == old_spacing[a] ? 1.0 : new_spacing[a] / old_spacing[a];
  }
  for (ImageVolume& channel : preparing.channels) channel = resample_linear(channel, new_spacing);
  LabelVolume& label = preparing.result.label;
  if (!label.voxels.empty()) label = resample_nearest(label, new_spacing);
}

void fit_extent(Preparing& preparing, const PreprocessConfig& config, const FitConfig& fit) {
  Int3& offset = preparing.result.transform.offset_xyz;
  const auto step = [&](const VoxelBox& box, double fill) {
    for (size_t a = 0; a < 3; ++a) offset[a] += box.start_xyz[a];
    cut(preparing, box, fill);
  };
  const auto extent = [&] { return preparing.grid().extent_xyz; };
  step(pad_to_minimum(extent(), fit.minimum_xyz), config.pad_value);
  step(pad_to_multiple(extent(), fit.multiple_xyz), config.divisible_pad_value);
  if (fit.fixed_xyz) step(crop_or_pad_to(extent(), *fit.fixed_xyz), config.pad_value);
}

/// Turns and scales every channel, and finds the box around their foreground.
VoxelBox take_channels(const std::vector<ImageVolume>& channels,
                       const std::vector<PreprocessConfig>& configs, Preparing& preparing) {
  PreparedCase& result = preparing.result;
  VoxelBox foreground{{0, 0, 0}, {0, 0, 0}};
  for (size_t c = 0; c < channels.size(); ++c) {
    const ImageVolume raw = apply_axis_map(channels[c], result.transform.axes);
    if (c == 0) {
      const GridJudgement judged =
          judge_grid(raw.geometry.extent_xyz, raw.geometry.spacing_xyz_mm, configs[c]);
      if (!judged.fault.empty()) throw DataError("{}: {}", result.case_id, judged.fault);
      if (!judged.remark.empty()) result.notes.push_back(judged.remark);
    }
    // The first channel's header decides: the others may differ from it by rounding.
    const Geometry grid = c == 0 ? raw.geometry : preparing.grid();
    preparing.channels.push_back({grid, scale_intensities(raw.voxels, configs[c], result.notes)});
    if (configs.front().crop_foreground)
      foreground = united(foreground, foreground_box(raw, preparing.channels.back(), configs[c]));
  }
  return configs.front().crop_foreground ? foreground
                                         : VoxelBox{{0, 0, 0}, preparing.grid().extent_xyz};
}

/// Puts the channels' voxels one behind the other.
void join_channels(Preparing& preparing) {
  ImageVolume& image = preparing.result.image;
  image = std::move(preparing.channels.front());
  image.voxels.reserve(image.voxels.size() * preparing.channels.size());
  for (size_t c = 1; c < preparing.channels.size(); ++c) {
    std::vector<float>& voxels = preparing.channels[c].voxels;
    image.voxels.insert(image.voxels.end(), voxels.begin(), voxels.end());
    std::vector<float>().swap(voxels);
  }
}

}  // namespace

PreparedCase prepare_case(const std::string& case_id, const ImageVolume& image,
                          const LabelVolume* label, const PreprocessConfig& config,
                          const FitConfig& fit) {
  return prepare_case(case_id, std::vector<ImageVolume>{image}, label, {config}, fit);
}

PreparedCase prepare_case(const std::string& case_id, const std::vector<ImageVolume>& channels,
                          const LabelVolume* label, const std::vector<PreprocessConfig>& configs,
                          const FitConfig& fit) {
  if (channels.size() != configs.size()) {
    throw DataError("case {}: {} channels are there, the data set has {}", case_id, channels.size(),
                    configs.size());
  }
  for (const PreprocessConfig& config : configs) check_config(config);
  check_fit(fit);
  const Geometry& original = channels.front().geometry;
  for (size_t c = 1; c < channels.size(); ++c) {
    require_same_grid(original, "first channel of case " + case_id, channels[c].geometry,
                      fmt::format("channel {} of it", c));
  }
  if (label != nullptr) {
    require_same_grid(original, "image of case " + case_id, label->geometry,
                      "label of case " + case_id);
  }
  Preparing preparing;
  PreparedCase& prepared = preparing.result;
  prepared.case_id = case_id;
  prepared.transform.original = original;
  prepared.transform.axes = ras_axis_map(original);
  const VoxelBox foreground = take_channels(channels, configs, preparing);
  if (label != nullptr)
    prepared.label.voxels = apply_axis_map(*label, prepared.transform.axes).voxels;
  // The image's header decides: the label's may differ from it by rounding.
  prepared.label.geometry = preparing.grid();
  crop(preparing, foreground);
  const PreprocessConfig& common = configs.front();
  if (common.spacing_xyz_mm) resample(preparing, *common.spacing_xyz_mm);
  prepared.transform.resampled_extent_xyz = preparing.grid().extent_xyz;
  fit_extent(preparing, common, fit);
  join_channels(preparing);
  prepared.label.geometry = prepared.image.geometry;
  prepared.transform.prepared = prepared.image.geometry;
  return prepared;
}

}  // namespace nmsw::datasets
