#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/formats/nifti_header.h"
#include "nmsw/base/volume.h"

namespace nmsw::datasets {

/// The checked header of a file's bytes, gzip or not. Throws as parse_nifti_header.
NiftiInfo nifti_info(std::string_view bytes, const std::string& file);

/// The volume whose voxels are in `bytes`, the whole file that holds them, gzip or not. Nothing is
/// decompressed beyond what the header promises but a short tail. Throws DataError naming `file`.
ImageVolume nifti_volume(const NiftiInfo& info, std::string_view bytes, const std::string& file,
                         std::vector<std::string>& notes);

/// Reads .nii, .nii.gz or either file of a .hdr/.img pair; gzip is recognised by content, whatever
/// the ending. Voxels come scaled as the header says. Throws DataError naming the file for anything
/// parse_nifti_header refuses, a damaged gzip stream, and fewer voxels than the header promises.
ImageVolume read_nifti(const std::filesystem::path& file, std::vector<std::string>& notes);

/// The checked header alone; the voxels are not looked at.
NiftiInfo read_nifti_header(const std::filesystem::path& file);

/// The bytes of a single-file NIfTI. `voxels` are in the machine's byte order; `extension` stands
/// before them, a multiple of 16 bytes (nifti_labels).
std::string nifti_bytes(const NiftiHeader& header, std::string_view voxels,
                        std::string_view extension = {});

}  // namespace nmsw::datasets
