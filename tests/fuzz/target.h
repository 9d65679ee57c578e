#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nmsw::fuzz {

/// Small sound inputs to start from. Each target defines it.
std::vector<std::string> seeds();

/// Gives one input to the code that is tried. Each target defines it. A ConfigError or DataError is
/// an answer; any other exception and a broken `must_hold` are findings.
void try_input(std::string_view bytes);

/// Ends the program where a promise is broken.
void must_hold(bool promise, const char* what);

}  // namespace nmsw::fuzz
