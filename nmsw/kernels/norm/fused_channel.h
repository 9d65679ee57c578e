#pragma once

#include <cstdint>

#include "nmsw/kernels/simd/prefetch.h"
#include "nmsw/kernels/simd/vector_math.h"

namespace nmsw {

/// An input channel with deferred scale, residual add and LeakyReLU, applied while it is loaded.
/// Defaults: identity. [D,H,W], contiguous float32; t = scale · x + offset + added_scale · a (where
/// `added` is set), y = t > 0 ? t : slope · t.
struct FusedChannel {
  const float* volume = nullptr;
  float scale = 1, offset = 0, slope = 1;
  const float* added = nullptr;  ///< residual of the same extent, or null
  float added_scale = 1;
};

/// Loads the voxels from `at` on; lanes from `left` on hold arbitrary numbers.
template <class Floats>
NMSW_INLINE void load_channel(const FusedChannel& channel, int64_t at, int64_t left,
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

/// Loads a whole vector, without checking for the end of the channel.
template <class Floats>
NMSW_INLINE void load_vector(const FusedChannel& channel, int64_t at, Floats& values) {
  load_channel(channel, at, kNumbersIn<Floats>, values);
}

/// Prefetches what load_channel reads at `at`.
template <int kCache = kFirstCache>
NMSW_INLINE void prefetch_channel(const FusedChannel& channel, int64_t at) {
  __builtin_prefetch(channel.volume + at, kToRead, kCache);
  if (channel.added != nullptr) __builtin_prefetch(channel.added + at, kToRead, kCache);
}

}  // namespace nmsw
