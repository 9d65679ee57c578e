#pragma once

#include <vector>

#include <nlohmann/json.hpp>

#include "datasets/exports/patch_box.h"

namespace nmsw::datasets {

/// Patches as ROI markups of 3D Slicer (schema 1.0.3): a box each in LPS millimetres, along the
/// axes of `grid`, the prepared grid that they lie on, from the outer faces of its first voxels to
/// those of its last.
nlohmann::ordered_json patch_markups(const std::vector<PatchBox>& patches, const Geometry& grid);

}  // namespace nmsw::datasets
