#pragma once

#include <string>

#include "datasets/survey/dataset_survey.h"
#include "runners/planning/setup/network_tiers.h"

namespace nmsw::runners {

/// What the machine sets a limit to.
///
/// most_scan_voxels    of the median scan at the target spacing; above, the spacing is coarsened
/// most_patch_voxels   of a patch
struct VolumeLimits {
  double most_scan_voxels;
  int64_t most_patch_voxels;
};

/// Limits on a CPU and on a GPU.
VolumeLimits volume_limits(bool on_cuda);

/// A channel's rule, and its reason in words.
struct ChannelChoice {
  datasets::ChannelRule rule;
  std::string why;
};

/// By the survey of that channel; `modality` is CT or MR.
ChannelChoice choose_channel(const std::string& name, const datasets::DatasetSurvey& survey,
                             const std::string& modality);

/// How scans are prepared and cut into patches, each with its reason in words.
struct PreparationChoice {
  datasets::PreprocessConfig preprocessing;
  Int3 patch_xyz{};
  Int3 downsize_rate_xyz{};
  double nsd_tolerance_mm = 2;
  /// Of the prepared scans: the target, or what all have.
  Real3 spacing_xyz_mm{};
  std::string why_intensity, why_spacing, why_crop, why_patch, why_downsize, why_tolerance;
};

/// By the survey's medians. The patch is a multiple of the tier's strides. `modality` is CT or MR.
PreparationChoice choose_preparation(const datasets::DatasetSurvey& survey,
                                     const std::string& modality, const NetworkTier& tier,
                                     const VolumeLimits& limits);

/// Prepared extent of each scan whose grid is known; no axis shorter than a patch.
std::vector<Int3> prepared_extents(const datasets::DatasetSurvey& survey,
                                   const PreparationChoice& choice);

}  // namespace nmsw::runners
