#include "datasets/layouts/json_file.h"

#include "nmsw/base/atomic_file.h"
#include "nmsw/base/error.h"
#include "nmsw/base/json_levels.h"
#include "nmsw/base/plain_text.h"

namespace nmsw::datasets {

// Not the ordered kind, which looks every key up among all before it.
using Json = nlohmann::json;

Json read_json_file(const std::filesystem::path& file) { return parse_json(read_file(file), file); }

Json parse_json(const std::string& text, const std::filesystem::path& file) {
  // The parser itself takes any depth, but what walks the tree afterwards does not.
  constexpr size_t kDeepest = 64;
  if (const auto fault = utf8_fault(text)) throw DataError("{}:{}", file.string(), *fault);
  if (json_levels(text) > kDeepest) {
    throw DataError("{}: is nested more than {} levels deep; correct the file or take it away",
                    file.string(), kDeepest);
  }
  try {
    return Json::parse(text);
  } catch (const Json::exception& error) {
    throw DataError("{}: not valid JSON ({}); correct the file or take it away", file.string(),
                    error.what());
  }
}

}  // namespace nmsw::datasets
