#pragma once

#include <filesystem>
#include <vector>

namespace nmsw::datasets {

/// The files beside an image that hold its voxels, sorted: those that a MetaImage (.mhd) or NRRD
/// header (.nhdr) names, by one name, a list or a numbered pattern, and the other file of an
/// Analyze or NIfTI pair (.hdr, .img), the voxel sides beside OpenKBP's .csv. Nothing for a file
/// that holds them itself. Names files that
/// are there only: what is absent is found when the image is read.
std::vector<std::filesystem::path> detached_data(const std::filesystem::path& image);

}  // namespace nmsw::datasets
