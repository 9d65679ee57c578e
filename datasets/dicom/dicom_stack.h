#pragma once

#include <array>
#include <filesystem>
#include <vector>

#include "nmsw/base/volume.h"

namespace nmsw::datasets {

/// Where one DICOM slice lies, as its own header says. DICOM's patient coordinates are LPS, like
/// ours.
///
/// row_lps, column_lps   direction in which the column index, and the row index, rises
/// thickness_mm          SliceThickness; 0 where the header has none
struct DicomSlice {
  std::filesystem::path file;
  std::array<int64_t, 2> extent_xy{0, 0};
  std::array<double, 2> spacing_xy_mm{1, 1};
  Real3 position_lps_mm{0, 0, 0};
  Real3 row_lps{1, 0, 0}, column_lps{0, 1, 0};
  double thickness_mm = 0;
};

/// Sorts the slices along their normal and returns the grid they form. Order and distance come from
/// the positions: SliceThickness and InstanceNumber say nothing about them.
///
/// throws   DataError naming the files where the slices form no regular grid: other extents,
///          spacings or directions (a localiser among them), two slices at one place, a gap or an
///          uneven distance (by more than a tenth), slices shifted against each other by more than
///          half a pixel over the stack (tilted gantry)
Geometry stack_geometry(std::vector<DicomSlice>& slices, std::vector<std::string>& notes);

}  // namespace nmsw::datasets
