#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "nmsw/base/volume.h"

namespace nmsw::datasets {

/// How a voxel is stored in a NRRD or MetaImage file.
enum class StoredType { uint8, int16, float32 };

/// Writes NRRD or MetaImage, compressed, to exactly that path; the ending decides. Throws
/// DataError.
void write_with_itk(const std::filesystem::path& file, const Geometry& geometry, StoredType type,
                    std::string_view voxels);

}  // namespace nmsw::datasets
