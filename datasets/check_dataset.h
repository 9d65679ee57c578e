#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "datasets/layouts/descriptor.h"

namespace nmsw::datasets {

/// Opens every file of a data set and returns all its faults, one line each beginning with the
/// file; an empty list means the data set can be used. Does not stop at the first fault and does
/// not throw for bad data.
std::vector<std::string> check_dataset(const DatasetDescriptor& descriptor,
                                       const std::filesystem::path& root);

}  // namespace nmsw::datasets
