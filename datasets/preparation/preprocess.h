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
  ImageVolume image;
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

}  // namespace nmsw::datasets
