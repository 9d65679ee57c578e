#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string>

#include "nmsw/base/config_fields.h"
#include "nmsw/base/volume.h"

namespace nmsw::datasets {

/// How intensities become network input.
/// window      (v - low) / (high - low), limited to [0,1]: CT, in HU
/// percentile  the same with the case's own percentiles as low and high: MR
/// zscore      (v - mean) / standard deviation of the case, not limited
/// clipped_zscore  limited to the window, then less a fixed mean and over a fixed deviation, as
///             nnU-Net prepares CT
enum class IntensityRule { window, percentile, zscore, clipped_zscore };
/// Which voxels the case's percentiles, mean and deviation are taken over (all, where every voxel
/// is zero).
enum class StatisticsOver { nonzero, all };
/// How a label map is brought to the target spacing.
enum class LabelInterpolation { nearest };

}  // namespace nmsw::datasets

template <>
struct nmsw::EnumNames<nmsw::datasets::IntensityRule> {
  static constexpr std::array<std::pair<nmsw::datasets::IntensityRule, const char*>, 4> values{
      {{nmsw::datasets::IntensityRule::window, "window"},
       {nmsw::datasets::IntensityRule::percentile, "percentile"},
       {nmsw::datasets::IntensityRule::zscore, "zscore"},
       {nmsw::datasets::IntensityRule::clipped_zscore, "clipped_zscore"}}};
};
template <>
struct nmsw::EnumNames<nmsw::datasets::StatisticsOver> {
  static constexpr std::array<std::pair<nmsw::datasets::StatisticsOver, const char*>, 2> values{
      {{nmsw::datasets::StatisticsOver::nonzero, "nonzero"},
       {nmsw::datasets::StatisticsOver::all, "all"}}};
};
template <>
struct nmsw::EnumNames<nmsw::datasets::LabelInterpolation> {
  static constexpr std::array<std::pair<nmsw::datasets::LabelInterpolation, const char*>, 1> values{
      {{nmsw::datasets::LabelInterpolation::nearest, "nearest"}}};
};

namespace nmsw::datasets {

/// Deterministic preprocessing, METHOD 4.3. The defaults lose no tissue and use one fill value;
/// the authors' choices are `pad_value: -0.1`, `divisible_pad_value: 0` and a fixed volume
/// (FitConfig::fixed_xyz).
struct PreprocessConfig {
  IntensityRule intensity = IntensityRule::window;
  std::array<double, 2> window{-250, 500};
  std::array<double, 2> mean_and_deviation{0, 1};
  std::array<double, 2> percentiles{0.5, 99.5};
  StatisticsOver statistics_over = StatisticsOver::nonzero;
  std::optional<Real3> spacing_xyz_mm;
  bool crop_foreground = true;
  double pad_value = 0;
  double divisible_pad_value = 0;
  LabelInterpolation label_interpolation = LabelInterpolation::nearest;
};

/// One channel of an image and how its intensities become network input.
struct ChannelRule {
  std::string name;
  IntensityRule intensity = IntensityRule::window;
  std::array<double, 2> window{-250, 500};
  std::array<double, 2> mean_and_deviation{0, 1};
  std::array<double, 2> percentiles{0.5, 99.5};
  StatisticsOver statistics_over = StatisticsOver::nonzero;
};

inline const Check<std::array<double, 2>> kRisingWindow{
    [](const std::array<double, 2>& window) { return window[0] < window[1]; },
    "[low, high] with low below high"};
inline const Check<std::array<double, 2>> kUsableDeviation{
    [](const std::array<double, 2>& pair) {
      return std::isfinite(pair[0]) && std::isfinite(pair[1]) && pair[1] > 0;
    },
    "[mean, deviation] with a deviation above 0"};
inline const Check<std::array<double, 2>> kRisingPercentiles{
    [](const std::array<double, 2>& q) { return q[0] >= 0 && q[0] < q[1] && q[1] <= 100; },
    "must rise within 0..100"};
inline const Check<std::optional<Real3>> kUsableSpacing{
    [](const std::optional<Real3>& spacing) {
      // Beyond them no image is: extents would overflow, or every case would be one voxel.
      const auto usable = [](double side) { return side >= 0.05 && side <= 50; };
      return !spacing || std::all_of(spacing->begin(), spacing->end(), usable);
    },
    "each 0.05 to 50 mm, or empty"};

/// The keys that a single image and a channel have in common.
template <class Rule, class Visitor>
void visit_intensity_fields(Rule& rule, Visitor& v) {
  v.field("intensity", rule.intensity,
          "how intensities are scaled: a fixed window, the case's percentiles, z-score, or a fixed "
          "z-score within the window");
  v.field("window", rule.window, kRisingWindow, "intensities that become 0 and 1 under 'window'");
  v.field("mean_and_deviation", rule.mean_and_deviation, kUsableDeviation,
          "intensities that become 0 and, above it, 1 under 'clipped_zscore', which limits them to "
          "the window first");
  v.field("percentiles", rule.percentiles, kRisingPercentiles,
          "percentiles (0..100) of the case that become 0 and 1 under 'percentile'");
  v.field("statistics_over", rule.statistics_over,
          "voxels that percentiles, mean and deviation are taken over");
}

template <class Visitor>
void visit_fields(ChannelRule& rule, Visitor& v) {
  v.field("name", rule.name, "what the channel is, e.g. T1; for people alone");
  visit_intensity_fields(rule, v);
}

/// The configuration for one channel: its own rule, all else as it is.
inline PreprocessConfig with_rule(PreprocessConfig config, const ChannelRule& rule) {
  config.intensity = rule.intensity;
  config.window = rule.window;
  config.mean_and_deviation = rule.mean_and_deviation;
  config.percentiles = rule.percentiles;
  config.statistics_over = rule.statistics_over;
  return config;
}

template <class Visitor>
void visit_fields(PreprocessConfig& config, Visitor& v) {
  visit_intensity_fields(config, v);
  v.field("spacing_xyz_mm", config.spacing_xyz_mm, kUsableSpacing,
          "target voxel size along right, front, head; empty keeps the case's own");
  v.field("crop_foreground", config.crop_foreground,
          "crop to the box of voxels above 0 after scaling (under a z-score: not zero before it)");
  v.field("pad_value", config.pad_value,
          "scaled intensity of the pad to the minimum and to the fixed extent (authors: -0.1)");
  v.field("divisible_pad_value", config.divisible_pad_value,
          "scaled intensity of the pad to a multiple of the global network's strides, at low "
          "resolution (authors: 0)");
  v.field("label_interpolation", config.label_interpolation, "how labels are resampled");
}

/// Which extents the network needs. The order is that of METHOD 4.3: pad to the minimum, pad to
/// a multiple, then centre-crop and pad to the fixed extent where one is given (only the authors'
/// setting; it can lose tissue). Without a fixed extent nothing is padded to a multiple here, so
/// that every method sees the same patches: what the global network's strides need is padded at low
/// resolution (nmsw/model/global_view.h).
struct FitConfig {
  Int3 minimum_xyz{1, 1, 1};
  Int3 multiple_xyz{1, 1, 1};
  std::optional<Int3> fixed_xyz;
};

template <class Visitor>
void visit_fields(FitConfig& config, Visitor& v) {
  v.field("minimum_xyz", config.minimum_xyz, positive, "smallest extent, in voxels");
  v.field("multiple_xyz", config.multiple_xyz, positive,
          "the extent is padded to a multiple of this");
  v.field("fixed_xyz", config.fixed_xyz,
          "crop and pad at the centre to exactly this extent; empty: keep everything");
}

}  // namespace nmsw::datasets
