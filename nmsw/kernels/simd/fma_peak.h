#pragma once

#include <cstdint>

namespace nmsw {

/// Runs `rounds` · kPeakMacs independent float32 FMAs in registers, to measure the peak rate of
/// this core. Returns a value that depends on all of them, so that none is optimised away.
float spin_fma(int64_t rounds);
inline constexpr int64_t kPeakMacs = 24 * 16;

}  // namespace nmsw
