#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nmsw/base/volume.h"
#include "reporting/picture.h"
#include "reporting/rows.h"

namespace nmsw::reporting {

/// One row of the view v_case_slices.
struct CasePlane {
  std::string plane;  // axial | coronal
  int64_t position = 0;
  Int3 extent_xyz{0, 0, 0};
  Real3 spacing_xyz_mm{1, 1, 1};
  size_t columns = 0, rows = 0;
  std::vector<uint8_t> grey, label, prediction;
};
CasePlane case_plane(const Rows& rows, size_t row);

/// A patch, from columns start_x … size_z of a view.
struct PatchPlace {
  Int3 start_xyz{0, 0, 0};
  Int3 size_xyz{0, 0, 0};
};
PatchPlace patch_place(const Rows& rows, size_t row);

/// A plane as radiologists look at it, the patient's right on the left, front or head up.
///
/// classes   class indices in the order of the plane's pixels, coloured over the grey image; empty:
///           the image alone
/// patches   outlined where they lie along the plane, dashed where they do not cross it
Picture plane_picture(const CasePlane& plane, const std::vector<uint8_t>& classes,
                      const std::vector<PatchPlace>& patches);

/// Legend entries of the two kinds of outline.
std::vector<PictureKey> patch_keys();

}  // namespace nmsw::reporting
