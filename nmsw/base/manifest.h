#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace nmsw {

/// Under which name a file of ours in the safetensors format keeps its description.
inline constexpr const char* kManifestKey = "nmsw.manifest";

/// The description as JSON. Throws DataError naming `file` where the text is no JSON object, or is
/// nested more deeply than any that was written.
nlohmann::ordered_json parse_manifest(const std::string& text, const std::string& file);

}  // namespace nmsw
