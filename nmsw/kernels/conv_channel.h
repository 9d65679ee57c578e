#pragma once

#include <cstdint>

#include "nmsw/kernels/vector_math.h"

namespace nmsw {

/// One channel [D,H,W], contiguous float32, as whoever reads it takes it: t = scale · x + offset,
/// and slope · t where that is below 0. As they stand here, the numbers stay what they are.
struct ConvChannel {
  const float* volume = nullptr;
  float scale = 1, offset = 0, slope = 1;
};

/// A vector of its voxels from `at` on; any numbers behind the last.
template <class Floats>
NMSW_INLINE void load_channel(const ConvChannel& channel, int64_t at, int64_t left,
                              Floats& values) {
  load_lanes(channel.volume + at, left, values);
  values = values * channel.scale + channel.offset;
  const Floats low = values * channel.slope;
  values = values > 0.0F ? values : low;
}

}  // namespace nmsw
