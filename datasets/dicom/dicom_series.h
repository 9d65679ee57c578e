#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "nmsw/base/volume.h"

namespace nmsw::datasets {

/// Reads a series of DICOM slices, one a file, rescaled as their headers say (HU for CT): native
/// pixels of either byte order, deflated ones, RLE, JPEG, JPEG-LS and JPEG 2000.
///
/// folder   names and order of the files do not matter; files that are no DICOM images are passed
///          over
/// series   SeriesInstanceUID of the one to read; empty: the folder must hold one only
/// notes    what was passed over though it may be a lost slice
/// throws   DataError naming folder or file: no slice, several series (all are listed), a slice
///          without position, damaged, in colour or of several frames, one whose decoder crashes or
///          takes more memory or time than an honest slice needs, and what stack_geometry refuses
///
/// All files are read in a child process with limits. Safe to call from several threads.
ImageVolume read_dicom_series(const std::filesystem::path& folder, const std::string& series,
                              std::vector<std::string>& notes);

}  // namespace nmsw::datasets
