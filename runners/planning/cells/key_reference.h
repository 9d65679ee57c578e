#pragma once

#include <string>

namespace nmsw::runners {

/// Every key of an experiment with its default, range and meaning, as Markdown: what `nmsw
/// describe` prints, and what experiments/README.md holds.
std::string key_reference();

}  // namespace nmsw::runners
