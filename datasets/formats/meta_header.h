#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/formats/voxel_type.h"
#include "nmsw/base/volume.h"

namespace nmsw::datasets {

/// A MetaImage header that was checked, with what follows from it.
struct MetaHeader {
  size_t header_bytes = 0;  ///< where the voxels of a single file begin
  std::string data_file;    ///< empty where the voxels follow the header
  VoxelType type = VoxelType::uint8;
  bool binary = true, compressed = false, byte_swapped = false;
  int64_t compressed_bytes = -1;  ///< -1: the header does not say
  int64_t skipped_bytes = 0;      ///< of a voxel file; -1: the voxels are at the end
  Geometry geometry;
  std::vector<std::string> notes;
};

/// Reads a header up to ElementDataFile, its last line. A negative spacing turns its axis, as in
/// ITK; AnatomicalOrientation and CenterOfRotation change nothing, as in ITK. Keys that MetaImage
/// does not know leave a line in `notes`. Throws DataError naming `file` for a repeated or misspelt
/// key, a value that is impossible, more than one volume, several channels, another unit than mm
/// and stored values that are to be rescaled.
MetaHeader parse_meta_header(std::string_view bytes, const std::string& file);

}  // namespace nmsw::datasets
