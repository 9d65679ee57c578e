#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "datasets/dicom/dicom_stack.h"
#include "nmsw/base/limited_child.h"

namespace nmsw::datasets {

/// A file of a folder, and its size in bytes.
struct FolderFile {
  std::string name;
  int64_t bytes = 0;
};

/// What a step that reads this file may take, with that many voxels decoded; far above what honest
/// files need, so that a slow machine is no reason to refuse one.
StepLimits limits_of(int64_t file_bytes, int64_t voxels);

/// Looks at the header of every file and returns the slices of one series, unsorted. Trusts no
/// byte; runs in a child, as a step for each file, because files may shrink or lie on a broken
/// disk.
///
/// notes   what was passed over though it may be a lost slice: an empty file; a damaged one of
///         another series
/// throws  DataError naming file or folder: no image, several series and none chosen, a damaged
///         file that belongs to the series or may belong to it, a header that dicom_stack cannot
///         use
std::vector<DicomSlice> slices_of_series(const std::vector<FolderFile>& files,
                                         const std::filesystem::path& folder,
                                         const std::string& series, ChildWork& child,
                                         std::vector<std::string>& notes);

}  // namespace nmsw::datasets
