#pragma once

#include <filesystem>
#include <optional>

#include "datasets/preparation/preprocess_config.h"
#include "nmsw/base/volume.h"

namespace nmsw::datasets {

/// Extent in voxels that an image on a grid right-front-head is prepared to: resampled to the
/// target spacing, fitted. An upper bound where the preparation also crops to the foreground, which
/// only the voxels tell.
Int3 prepared_extent(Int3 extent_xyz, const Real3& spacing_xyz_mm, const PreprocessConfig& config,
                     const FitConfig& fit);

/// An image's grid by its header, turned to RAS. Nothing where the file is no readable NIfTI:
/// planning goes on with a guess, and the run that opens the file says what is wrong with it.
std::optional<Geometry> grid_from_header(const std::filesystem::path& image);

}  // namespace nmsw::datasets
