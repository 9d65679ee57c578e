#pragma once

#include <string>
#include <vector>

namespace nmsw {

/// "did you mean 'unet'? choose one of: unet, mednext" for a word that is none of the names; the
/// question only where a name is near.
std::string choice_hint(const std::string& word, const std::vector<std::string>& names);

}  // namespace nmsw
