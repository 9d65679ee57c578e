#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "datasets/formats/nifti_header.h"
#include "nmsw/base/volume.h"

namespace nmsw::datasets {

/// Reads .nii, .nii.gz or either file of a .hdr/.img pair; gzip is recognised by content, whatever
/// the ending. Voxels come scaled as the header says. Throws DataError naming the file for anything
/// parse_nifti_header refuses, a damaged gzip stream, and fewer voxels than the header promises.
ImageVolume read_nifti(const std::filesystem::path& file, std::vector<std::string>& notes);

/// The checked header alone; the voxels are not looked at.
NiftiInfo read_nifti_header(const std::filesystem::path& file);

/// The bytes of a single-file NIfTI. `voxels` are in the machine's byte order.
std::string nifti_bytes(const NiftiHeader& header, std::string_view voxels);

}  // namespace nmsw::datasets
