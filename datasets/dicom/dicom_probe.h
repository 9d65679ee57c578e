#pragma once

#include <string>
#include <vector>

namespace nmsw::datasets {

/// Reads the headers of these files in a child process first: GDCM ends its process by an assertion
/// on some damaged ones, which must not end ours. Throws DataError naming the first that is
/// damaged, or shorter than its header promises; files of other kinds pass.
void require_whole_files(const std::vector<std::string>& files);

}  // namespace nmsw::datasets
