#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "nmsw/base/volume.h"

namespace nmsw::datasets {

/// How a volume is stored in a file of its own, or in a pair of files.
enum class VolumeKind { nifti, nrrd, meta, openkbp };

/// The ending by which a file can be read, in lower case: ".nii.gz"; empty for others.
std::string readable_ending(const std::filesystem::path& file);

/// What the file's ending says, in upper or lower case; nothing for any other ending.
std::optional<VolumeKind> volume_kind(const std::filesystem::path& file);

/// Reads a file by its ending, intensities with the header's slope and intercept applied. What was
/// odd but could be put right is appended to `notes`. Throws DataError naming the file, with the
/// remedy, for a file that is absent, of another kind or damaged, and for voxels that are not
/// finite.
ImageVolume read_volume_file(const std::filesystem::path& file, std::vector<std::string>& notes);

/// A volume of whole numbers 0..255 as a label map; ids that are off by at most 0.01 are rounded,
/// with a line in `notes`. Throws DataError naming `file` and the voxel for any other value.
LabelVolume as_label(const std::filesystem::path& file, const ImageVolume& image,
                     std::vector<std::string>& notes);

/// Throws DataError naming `file` where a voxel is NaN or infinite.
void require_finite_voxels(const std::filesystem::path& file, const ImageVolume& image);

/// The grid of a file; voxels are read where only they tell it (NRRD, MetaImage). Throws as
/// read_volume_file.
Geometry read_volume_grid(const std::filesystem::path& file, std::vector<std::string>& notes);

}  // namespace nmsw::datasets
