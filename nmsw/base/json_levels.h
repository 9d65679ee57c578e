#pragma once

#include <cstddef>
#include <string_view>

namespace nmsw {

/// How many arrays and objects stand within each other at the deepest place of a JSON text, to bound
/// it before it is parsed: with a callback that counts levels, nlohmann's parser looks through all
/// the siblings of every array and object. Any text is taken; what is no JSON may give any number.
size_t json_levels(std::string_view text);

}  // namespace nmsw
