#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/formats/voxel_type.h"
#include "nmsw/base/volume.h"

namespace nmsw::datasets {

enum class NrrdEncoding { raw, text, hex, gzip };

/// A header that was checked, with what follows from it.
struct NrrdHeader {
  size_t header_bytes = 0;  ///< where the data of an attached header begin
  std::string data_file;    ///< empty where the data follow the header
  VoxelType type = VoxelType::uint8;
  NrrdEncoding encoding = NrrdEncoding::raw;
  bool byte_swapped = false;
  int64_t line_skip = 0;
  int64_t byte_skip = 0;  ///< -1: the voxels are at the end
  Geometry geometry;
  std::vector<std::string> notes;
};

/// Reads the header of format versions 1 to 5. Throws DataError naming `file` for an unknown or
/// repeated field, a value that is impossible, more than one volume, voxels that are vectors or
/// colours, and encodings other than NrrdEncoding's.
NrrdHeader parse_nrrd_header(std::string_view bytes, const std::string& file);

}  // namespace nmsw::datasets
