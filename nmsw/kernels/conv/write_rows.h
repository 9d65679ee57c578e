#pragma once

#include "nmsw/kernels/conv/conv.h"
#include "nmsw/kernels/simd/vector_math.h"

namespace nmsw {

/// Writes a vector, or its first `left` lanes, at voxel `at` of output channel o, and adds it to
/// the statistics.
template <class Floats, class Element>
NMSW_INLINE void write_row_part(const ConvArgs<Element>& conv, int64_t o, int64_t at, int64_t left,
                                Floats& values, LaneMoments<Floats>* moments) {
  float* const to = conv.out + o * conv.out_step + (at - conv.out_begin);
  constexpr uintptr_t kStreamed = 16;
  if (conv.past_caches && left >= kNumbersIn<Floats> &&
      reinterpret_cast<uintptr_t>(to) % kStreamed == 0) {
    stream_lanes(values, to);
  } else {
    store_lanes(values, left, to);
  }
  if (conv.moments == nullptr) return;
  if (moments->count == 0) moments->shift = values[0];
  moments->add(values, left);
}

}  // namespace nmsw
