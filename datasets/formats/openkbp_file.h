#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "nmsw/base/volume.h"

namespace nmsw::datasets {

/// Reads a file of an OpenKBP patient's folder (github.com/ababier/open-kbp): ct.csv as an image in
/// HU, any other name as a mask of 0 and 1. Lies on the grid of `openkbp_geometry`.
///
/// A listed voxel of ct.csv has HU = value - 1000, the value limited to 0..4095; the others are
/// -1000. Negative values leave a line in `notes`.
///
/// Throws DataError naming the file, and its line where there is one, for what `sparse_voxels` and
/// `openkbp_geometry` refuse.
ImageVolume read_openkbp(const std::filesystem::path& file, std::vector<std::string>& notes);

/// The grid that all files of a patient's folder lie on; reads voxel_dimensions.csv alone. The
/// voxels are 128 x 128 x 128, x towards the patient's left, y to the back, z to the feet; the
/// origin is not known and is 0. Throws DataError naming voxel_dimensions.csv, and its line where
/// there is one, where it is absent or holds anything but three voxel sides in mm, a line each.
Geometry openkbp_geometry(const std::filesystem::path& file);

/// The file of voxel sides beside a file of a patient's folder.
std::filesystem::path openkbp_dimensions_file(const std::filesystem::path& file);

/// The voxel of `openkbp_geometry` that a line's index stands for.
Int3 openkbp_voxel_xyz(int64_t index);

}  // namespace nmsw::datasets
