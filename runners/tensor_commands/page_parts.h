#pragma once

#include <array>
#include <string>
#include <vector>

#include "datasets/exports/patch_box.h"
#include "nmsw/base/volume.h"
#include "reporting/cases/case_page.h"

namespace nmsw::runners {

/// Intensities to show black and white where no window is set: 99 of 100 voxels lie between them.
std::array<double, 2> shown_range(const ImageVolume& image);

/// Patches of the grid `own` on the grid of a page, to the nearest voxel.
std::vector<reporting::PatchBox> page_patches(const std::vector<datasets::PatchBox>& patches,
                                              const Geometry& own, const Geometry& page);

/// Classes by their names, from index 1.
std::vector<reporting::CaseClass> page_classes(const std::vector<std::string>& names);

}  // namespace nmsw::runners
