#pragma once

#include <filesystem>
#include <fstream>
#include <string_view>

namespace nmsw::testing {

/// Writes a file without waiting for the disk, which write_atomically does.
inline void put_file(const std::filesystem::path& file, std::string_view bytes) {
  std::ofstream(file, std::ios::binary) << bytes;
}

}  // namespace nmsw::testing
