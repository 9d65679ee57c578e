#pragma once

#include <cstdint>

namespace nmsw {

/// Networks and what they compute are counted in float32.
constexpr int64_t kBytesPerFloat = 4;

}  // namespace nmsw
