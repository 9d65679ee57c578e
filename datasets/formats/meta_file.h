#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/formats/meta_header.h"
#include "nmsw/base/volume.h"

namespace nmsw::datasets {

/// The volume whose voxels are in `data`: what follows the header, or the whole voxel file. A
/// compressed stream must be whole, with a correct checksum, and hold the promised voxels; a
/// CompressedDataSize that differs from it leaves a line in `notes`. Nothing is decompressed beyond
/// what the header promises. Throws DataError naming `file`.
ImageVolume meta_volume(const MetaHeader& header, std::string_view data, const std::string& file,
                        std::vector<std::string>& notes);

/// Reads .mha or .mhd with its voxel file beside it. Throws as parse_meta_header and meta_volume.
ImageVolume read_meta_image(const std::filesystem::path& file, std::vector<std::string>& notes);

}  // namespace nmsw::datasets
