#pragma once

#include <string>
#include <vector>

#include "datasets/formats/nifti_header.h"

namespace nmsw::datasets {

/// Spacing, origin and direction of a NIfTI header (native byte order), turned from its RAS to LPS
/// and to millimetres; the extent is left alone. The sform comes first where its code is above 0,
/// then the qform, then plain axes. An sform of zeros beside a qform, and a pixdim that is
/// impossible or differs beside a sound sform, leave a line in `notes`. Throws DataError naming
/// `file` where no source of the spacing or of the orientation is usable.
Geometry nifti_geometry(const NiftiHeader& header, const std::string& file,
                        std::vector<std::string>& notes);

/// Whether readers that look at other fields than nifti_geometry would fail: a pixdim that is
/// impossible, or an sform that is zero.
bool has_damaged_geometry(const NiftiHeader& header);

/// Writes qform, sform (code 1 each), pixdim and its unit for that grid.
void set_nifti_geometry(NiftiHeader& header, const Geometry& geometry);

}  // namespace nmsw::datasets
