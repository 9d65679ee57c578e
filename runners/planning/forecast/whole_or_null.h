#pragma once

#include <cmath>
#include <cstdint>

#include <nlohmann/json.hpp>

namespace nmsw::runners {

/// A whole number, or null for what is not known.
inline nlohmann::ordered_json whole_or_null(double number) {
  if (!std::isfinite(number)) return nullptr;
  return static_cast<int64_t>(number);
}

}  // namespace nmsw::runners
