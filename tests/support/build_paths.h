#pragma once

#include <filesystem>

namespace nmsw::testing {

/// Where the project's sources lie, and where it was built. Defined in a source that CMake writes,
/// so that no other file's compilation depends on the place of the checkout (ccache then serves
/// every clone).
const std::filesystem::path& source_folder();
const std::filesystem::path& build_folder();

}  // namespace nmsw::testing
