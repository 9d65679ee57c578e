#pragma once

#include <filesystem>
#include <string>

#include <nlohmann/json.hpp>

namespace nmsw::datasets {

/// A JSON file that somebody else wrote. Throws DataError naming the file, and the line where it is
/// known, for a file that cannot be read, is not UTF-8, is not JSON, or is nested deeper than 64
/// levels.
nlohmann::json read_json_file(const std::filesystem::path& file);

/// The same of its text; `file` is for messages.
nlohmann::json parse_json(const std::string& text, const std::filesystem::path& file);

}  // namespace nmsw::datasets
