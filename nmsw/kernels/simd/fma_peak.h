#pragma once

#include <cstdint>

namespace nmsw {

/// Multiply-adds in registers alone, float32, `rounds` · kPeakMacs of them: the most that this core
/// can do. Returns a value that depends on all of them.
float spin_fma(int64_t rounds);
inline constexpr int64_t kPeakMacs = 24 * 16;

}  // namespace nmsw
