#pragma once

#include <string>
#include <utility>
#include <vector>

namespace nmsw::datasets {

/// Name and YAML text of every descriptor of this folder, put into the program when it is built
/// (CMake writes the source from datasets/*.yaml), so that a data set can be named from any folder.
const std::vector<std::pair<std::string, std::string>>& embedded_descriptors();

}  // namespace nmsw::datasets
