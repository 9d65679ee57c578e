#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/formats/nrrd_header.h"
#include "nmsw/base/volume.h"

namespace nmsw::datasets {

/// The volume whose voxels are in `data`, which begins behind the header or is the whole data file.
/// Nothing is decompressed beyond what the header promises but a short tail. Throws DataError
/// naming `file`.
ImageVolume nrrd_volume(const NrrdHeader& header, std::string_view data, const std::string& file,
                        std::vector<std::string>& notes);

/// Reads .nrrd or .nhdr with its data file beside it. Throws as the two above.
ImageVolume read_nrrd(const std::filesystem::path& file, std::vector<std::string>& notes);

/// The bytes of an NRRD file in LPS, compressed by gzip. `voxels` are in the machine's byte order;
/// `pairs` are further lines of the header, "key:=value" each.
std::string nrrd_bytes(const Geometry& geometry, StoredType type, std::string_view voxels,
                       const std::string& pairs = {});

}  // namespace nmsw::datasets
