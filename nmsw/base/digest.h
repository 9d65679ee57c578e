#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace nmsw {

/// SHA-256 of the bytes, as 64 lower-case hexadecimal digits.
std::string sha256_hex(std::string_view bytes);

/// SHA-256 of a file's contents. Throws DataError when the file cannot be read.
std::string sha256_file(const std::filesystem::path& file);

}  // namespace nmsw
