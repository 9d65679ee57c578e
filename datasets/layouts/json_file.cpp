#include "datasets/layouts/json_file.h"

#include "nmsw/base/atomic_file.h"
#include "nmsw/base/error.h"
#include "nmsw/base/plain_text.h"

namespace nmsw::datasets {

using Json = nlohmann::ordered_json;

Json read_json_file(const std::filesystem::path& file) {
  // The parser itself takes any depth, but what walks the tree afterwards does not.
  constexpr int kDeepest = 64;
  const std::string text = read_file(file);
  if (const auto fault = utf8_fault(text)) throw DataError("{}:{}", file.string(), *fault);
  const auto bounded = [&](int depth, Json::parse_event_t /*event*/, Json& /*value*/) {
    if (depth > kDeepest)
      throw DataError("{}: is nested more than {} levels deep; correct the file or take it away",
                      file.string(), kDeepest);
    return true;
  };
  try {
    return Json::parse(text, bounded);
  } catch (const Json::exception& error) {
    throw DataError("{}: not valid JSON ({}); correct the file or take it away", file.string(),
                    error.what());
  }
}

}  // namespace nmsw::datasets
