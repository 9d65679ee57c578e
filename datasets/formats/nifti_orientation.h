#pragma once

#include <string>
#include <vector>

#include "datasets/formats/nifti_header.h"

namespace nmsw::datasets {

/// Spacing, origin and direction of a NIfTI header (native byte order), turned from its RAS to LPS
/// and to millimetres; the extent is left alone. The sform comes first where its code is above 0,
/// then the qform, then plain axes. Throws DataError naming `file` for a spacing that is 0 or not
/// finite and for an sform or qform that is not usable.
Geometry nifti_geometry(const NiftiHeader& header, const std::string& file,
                        std::vector<std::string>& notes);

/// Writes qform, sform (code 1 each) and pixdim for that grid.
void set_nifti_geometry(NiftiHeader& header, const Geometry& geometry);

}  // namespace nmsw::datasets
