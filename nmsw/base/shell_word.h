#pragma once

#include <string>

namespace nmsw {

/// A word as a POSIX shell reads it back: as it is where it has plain characters only, else between
/// single quotes.
std::string shell_word(const std::string& word);

}  // namespace nmsw
