#include "nmsw/base/choice_hint.h"

#include <fmt/format.h>

#include "nmsw/base/config_node.h"

namespace nmsw {

std::string choice_hint(const std::string& word, const std::vector<std::string>& names) {
  const auto guess = nearest_word(word, names);
  return (guess ? "did you mean '" + *guess + "'? " : std::string()) +
         fmt::format("choose one of: {}", fmt::join(names, ", "));
}

}  // namespace nmsw
