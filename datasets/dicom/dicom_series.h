#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "nmsw/base/volume.h"

namespace nmsw::datasets {

/// Reads a series of DICOM slices, one a file, rescaled as their headers say (HU for CT);
/// compressed transfer syntaxes are decoded (JPEG, JPEG-LS, JPEG 2000, RLE).
///
/// folder   names and order of the files do not matter; files that are no DICOM images are passed
///          over
/// series   SeriesInstanceUID of the one to read; empty: the folder must hold one only
/// throws   DataError naming folder or file: no slice, several series (all are listed), a slice
///          without position, damaged, in colour or of several frames, and what stack_geometry
///          refuses
ImageVolume read_dicom_series(const std::filesystem::path& folder, const std::string& series,
                              std::vector<std::string>& notes);

}  // namespace nmsw::datasets
