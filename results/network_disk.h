#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace nmsw::results {

/// The name of a network file system by the number that statfs gives it, e.g. "nfs"; empty for a
/// local one and for numbers that are not known.
std::string network_file_system_of(uint64_t statfs_type);

/// That of the file system on which a file lies or would be made; empty where it cannot be asked.
std::string network_file_system(const std::filesystem::path& file);

}  // namespace nmsw::results
