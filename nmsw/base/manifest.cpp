#include "nmsw/base/manifest.h"

#include "nmsw/base/error.h"
#include "nmsw/base/json_levels.h"

namespace nmsw {

nlohmann::ordered_json parse_manifest(const std::string& text, const std::string& file) {
  constexpr size_t kMostLevels = 64;
  if (json_levels(text) <= kMostLevels) {
    try {
      auto manifest = nlohmann::ordered_json::parse(text);
      // Tensors alone have none.
      if (manifest.is_object() || manifest.is_null()) return manifest;
    } catch (const nlohmann::json::exception&) {  // falls through to the message
    }
  }
  throw DataError("{}: its description is damaged; make the checkpoint again", file);
}

}  // namespace nmsw
