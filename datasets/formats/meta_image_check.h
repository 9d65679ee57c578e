#pragma once

#include <filesystem>

namespace nmsw::datasets {

/// Makes sure that a MetaImage (.mha, .mhd) has a complete header and all the voxels it promises,
/// compressed ones decoded to the end: ITK's own reader only prints a line about missing voxels and
/// goes on with arbitrary ones. Throws DataError naming the file.
void check_meta_image(const std::filesystem::path& file);

}  // namespace nmsw::datasets
