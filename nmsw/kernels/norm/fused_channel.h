#pragma once

#include <cstdint>

#include "nmsw/kernels/simd/prefetch.h"
#include "nmsw/kernels/simd/vector_math.h"

namespace nmsw {

/// One channel [D,H,W], contiguous float32, as whoever reads it takes it: t = scale · x + offset,
/// plus added_scale · a where a second volume is added, and slope · t where that is below 0. As
/// they stand here, the numbers stay what they are.
struct ConvChannel {
  const float* volume = nullptr;
  float scale = 1, offset = 0, slope = 1;
  const float* added = nullptr;  ///< of the same extent, or null
  float added_scale = 1;
};

/// A vector of its voxels from `at` on; any numbers behind the last.
template <class Floats>
NMSW_INLINE void load_channel(const ConvChannel& channel, int64_t at, int64_t left,
                              Floats& values) {
  load_lanes(channel.volume + at, left, values);
  values = values * channel.scale + channel.offset;
  if (channel.added != nullptr) {
    Floats added;
    load_lanes(channel.added + at, left, added);
    values += added * channel.added_scale;
  }
  const Floats low = values * channel.slope;
  values = values > 0.0F ? values : low;
}

/// A whole one: nothing is asked of each vector.
template <class Floats>
NMSW_INLINE void load_vector(const ConvChannel& channel, int64_t at, Floats& values) {
  load_channel(channel, at, kNumbersIn<Floats>, values);
}

/// Fetches what a vector of its voxels is read from.
template <int kCache = kFirstCache>
NMSW_INLINE void fetch_channel(const ConvChannel& channel, int64_t at) {
  __builtin_prefetch(channel.volume + at, kToRead, kCache);
  if (channel.added != nullptr) __builtin_prefetch(channel.added + at, kToRead, kCache);
}

}  // namespace nmsw
