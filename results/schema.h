#pragma once

#include <string>
#include <utility>
#include <vector>

namespace nmsw::results {

/// The text of schema.sql (its name without ending, its text), compiled in at build time.
const std::vector<std::pair<std::string, std::string>>& embedded_schema();

}  // namespace nmsw::results
