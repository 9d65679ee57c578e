#pragma once

#include <string>
#include <vector>

#include "datasets/preparation/preprocess_config.h"
#include "nmsw/base/volume.h"

namespace nmsw::datasets {

/// Scales every voxel by the configured rule. A case without contrast (equal percentiles, no
/// deviation) becomes 0 everywhere and leaves a note. Computed in double, stored as float.
std::vector<float> scale_intensities(const std::vector<float>& voxels,
                                     const PreprocessConfig& config,
                                     std::vector<std::string>& notes);

/// The q-th percentile (0..100) with linear interpolation between neighbours, as numpy's default.
/// Not empty.
double percentile(std::vector<float> values, double q);

}  // namespace nmsw::datasets
