#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "datasets/layouts/descriptor.h"

namespace nmsw::datasets {

/// What is wrong with a data set (faults: it cannot be used) and what is odd about it (remarks),
/// one line each that begins with the file or folder.
struct DatasetFindings {
  std::vector<std::string> faults;
  std::vector<std::string> remarks;
};

/// Opens every file of a data set and returns all that is to be said of it; without a fault the
/// data set can be used. Does not stop at the first fault and does not throw for bad data.
DatasetFindings check_dataset(const DatasetDescriptor& descriptor,
                              const std::filesystem::path& root);

}  // namespace nmsw::datasets
