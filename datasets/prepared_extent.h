#pragma once

#include <filesystem>
#include <optional>

#include "datasets/preprocess_config.h"
#include "nmsw/base/volume.h"

namespace nmsw::datasets {

/// Extent in voxels, right-front-head, that an image is prepared to, from its header alone: turned to
/// RAS, resampled to the target spacing, fitted. An upper bound where the preparation also crops to
/// the foreground, which only the voxels tell. Nothing where the file is no readable NIfTI: planning
/// goes on with a guess, and the run that opens the file says what is wrong with it.
std::optional<Int3> extent_from_header(const std::filesystem::path& image,
                                       const PreprocessConfig& config, const FitConfig& fit);

}  // namespace nmsw::datasets
