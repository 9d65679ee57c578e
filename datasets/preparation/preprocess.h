#pragma once

#include <string>
#include <vector>

#include "datasets/preparation/case_transform.h"
#include "datasets/preparation/preprocess_config.h"
#include "nmsw/base/volume.h"

namespace nmsw::datasets {

/// A case as the networks see it.
struct PreparedCase {
  std::string case_id;
  ImageVolume image;  ///< the channels' voxels one behind the other
  LabelVolume label;  ///< on the same grid; no voxels where the case has no label
  CaseTransform transform;
  std::vector<std::string> notes;
};

/// Brings a case to the prepared grid: RAS voxel order, intensity rule, foreground crop, target
/// spacing, pads.
///
/// label    may be null; must lie on the image's grid
/// throws   DataError for a label on another grid; ConfigError for a window, percentiles or spacing
///          without sense
/// source   METHOD 4.3
PreparedCase prepare_case(const std::string& case_id, const ImageVolume& image,
                          const LabelVolume* label, const PreprocessConfig& config,
                          const FitConfig& fit);

/// The same of an image with several channels on one grid (DataError otherwise), each with its own
/// intensity rule; all else is the first configuration's. The foreground is the box around every
/// channel's.
PreparedCase prepare_case(const std::string& case_id, const std::vector<ImageVolume>& channels,
                          const LabelVolume* label, const std::vector<PreprocessConfig>& configs,
                          const FitConfig& fit);

}  // namespace nmsw::datasets
