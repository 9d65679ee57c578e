#pragma once

#include <array>
#include <filesystem>

#include "datasets/layouts/descriptor.h"
#include "nmsw/base/volume.h"

namespace nmsw::datasets {

/// The class index of each of the 256 ids that a label file may hold: by `label_map`, or the id
/// itself; -1 where the id is outside the class list.
std::array<int, 256> class_of_ids(const DatasetDescriptor& descriptor);

/// Turns the ids of a label file into class indices. Throws DataError naming `file`, the ids
/// outside the class list and how many voxels have them.
void apply_label_ids(const DatasetDescriptor& descriptor, const std::filesystem::path& file,
                     LabelVolume& label);

}  // namespace nmsw::datasets
