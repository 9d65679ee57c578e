#pragma once

#include <string>
#include <vector>

namespace nmsw::datasets {

/// Reads the headers of these files in a child process first: GDCM ends its process by an assertion
/// on some damaged ones, which must not end ours. Throws DataError naming the first such file.
void require_survivable_headers(const std::vector<std::string>& files);

}  // namespace nmsw::datasets
