#include "datasets/preparation/intensity.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace nmsw::datasets {
namespace {

/// (v - low) · scale, within the limits.
struct Scaling {
  double low = 0, scale = 0;
  double least = 0, most = 1;
};

std::vector<float> statistics_voxels(const std::vector<float>& voxels, StatisticsOver over) {
  if (over == StatisticsOver::all) return voxels;
  std::vector<float> chosen;
  chosen.reserve(voxels.size());
  std::copy_if(voxels.begin(), voxels.end(), std::back_inserter(chosen),
               [](float value) { return value != 0; });
  return chosen.empty() ? voxels : chosen;
}

constexpr double kInfinity = std::numeric_limits<double>::infinity();

Scaling between(double low, double high) { return {low, high > low ? 1 / (high - low) : 0}; }

Scaling clipped_scores(const PreprocessConfig& config) {
  const auto [mean, deviation] = config.mean_and_deviation;
  return {mean, 1 / deviation, (config.window[0] - mean) / deviation,
          (config.window[1] - mean) / deviation};
}

Scaling standard_scores(const std::vector<float>& voxels) {
  double sum = 0;
  for (const float value : voxels) sum += value;
  const double mean = sum / static_cast<double>(voxels.size());
  double squares = 0;
  for (const float value : voxels) squares += (value - mean) * (value - mean);
  const double deviation = std::sqrt(squares / static_cast<double>(voxels.size()));
  return {mean, deviation > 0 ? 1 / deviation : 0, -kInfinity, kInfinity};
}

Scaling case_scaling(const std::vector<float>& voxels, const PreprocessConfig& config) {
  if (config.intensity == IntensityRule::window) return between(config.window[0], config.window[1]);
  if (config.intensity == IntensityRule::clipped_zscore) return clipped_scores(config);
  std::vector<float> chosen = statistics_voxels(voxels, config.statistics_over);
  if (config.intensity == IntensityRule::zscore) return standard_scores(chosen);
  const double low = percentile(chosen, config.percentiles[0]);
  return between(low, percentile(std::move(chosen), config.percentiles[1]));
}

}  // namespace

double percentile(std::vector<float> values, double q) {
  const double position = q / 100 * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::ptrdiff_t>(position);
  std::nth_element(values.begin(), values.begin() + below, values.end());
  const double low = values[static_cast<size_t>(below)];
  const double fraction = position - static_cast<double>(below);
  if (fraction == 0) return low;
  return low + fraction * (*std::min_element(values.begin() + below + 1, values.end()) - low);
}

std::vector<float> scale_intensities(const std::vector<float>& voxels,
                                     const PreprocessConfig& config,
                                     std::vector<std::string>& notes) {
  const Scaling scaling = case_scaling(voxels, config);
  if (scaling.scale == 0) notes.emplace_back("the image has no contrast; every voxel becomes 0");
  std::vector<float> scaled(voxels.size());
  std::transform(voxels.begin(), voxels.end(), scaled.begin(), [&](float value) {
    const double result = (value - scaling.low) * scaling.scale;
    return static_cast<float>(std::clamp(result, scaling.least, scaling.most));
  });
  return scaled;
}

}  // namespace nmsw::datasets
