#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/formats/voxel_type.h"
#include "nmsw/base/volume.h"

namespace nmsw::datasets {

/// Writes a MetaImage (.mha or .mhd), compressed, to exactly that path. Throws DataError.
void write_meta_image(const std::filesystem::path& file, const Geometry& geometry, StoredType type,
                      std::string_view voxels);

}  // namespace nmsw::datasets
