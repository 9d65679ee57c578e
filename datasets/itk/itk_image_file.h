#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "nmsw/base/volume.h"

namespace nmsw::datasets {

/// Reads NRRD (.nrrd, .nhdr) or MetaImage (.mha, .mhd) through ITK. ITK's own exceptions become
/// DataErrors that name the file; more than one volume, vector or colour voxels, and an impossible
/// geometry are refused.
ImageVolume read_with_itk(const std::filesystem::path& file, std::vector<std::string>& notes);

/// How a voxel is stored in a NRRD or MetaImage file.
enum class StoredType { uint8, int16, float32 };

/// Writes NRRD or MetaImage, compressed, to exactly that path; the ending decides. Throws
/// DataError.
void write_with_itk(const std::filesystem::path& file, const Geometry& geometry, StoredType type,
                    std::string_view voxels);

}  // namespace nmsw::datasets
