#pragma once

#include <string>
#include <vector>

#include "datasets/formats/header_fields.h"
#include "nmsw/base/volume.h"

namespace nmsw::datasets {

/// The grid of an NRRD header in LPS millimetres, checked. The anatomical spaces are turned by the
/// meaning of their names. A space that says nothing of the patient (scanner-xyz, 3D-right-handed,
/// `space dimension`, none at all) is taken as LPS with a note; 3D-left-handed, whose image would be
/// a mirror image, is refused. Throws DataError naming the file for what cannot be one volume and
/// where two fields contradict each other.
Geometry nrrd_geometry(const HeaderFields& fields, std::vector<std::string>& notes);

}  // namespace nmsw::datasets
