#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "nmsw/base/volume.h"

namespace nmsw::datasets {

/// How much of a case is of a class. The mean intensity, in HU for a CT, is absent where no voxel
/// is of the class.
struct ClassVolume {
  int64_t class_index = 0;
  std::string class_name;
  int64_t voxels = 0;
  double volume_ml = 0;
  std::optional<double> mean_intensity;
};

/// One entry for each of `classes`, the foreground in index order, from 1. Labels above the last
/// are not counted. Throws ShapeError where the image has another number of voxels.
std::vector<ClassVolume> class_volumes(const ImageVolume& image, const LabelVolume& label,
                                       const std::vector<std::string>& classes);

/// The rows of one case as CSV (RFC 4180) under `case, class_index, class, voxels, volume_ml,
/// mean_intensity`. No spreadsheet takes a name for a formula.
std::string class_volumes_csv(const std::string& case_id, const std::vector<ClassVolume>& volumes);

}  // namespace nmsw::datasets
