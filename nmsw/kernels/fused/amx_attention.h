#pragma once

#include <cstring>

#include "nmsw/kernels/fused/window_attention.h"
#include "nmsw/kernels/simd/vector_width.h"

namespace nmsw {

// window_attention in bfloat16 by AMX (gemm/amx_tiles.h): scores of 32 queries with all keys, and
// their weighted values, are tile products.

/// Whether a head is small enough for a tile.
bool takes_tile_attention(const WindowAttention& window);

/// Floats of scratch memory per call.
int64_t tile_attention_scratch(const WindowAttention& window);

/// As window_attention<Bf16Pair>.
void tile_attention(const WindowAttention& window, const float* q, const float* k, const float* v,
                    float* scratch, float* out);

/// Position bias plus mask at an offset of the arranged matrices; for both kernels.
template <class Floats>
NMSW_INLINE void load_bias(const float* positions, const float* mask, int64_t at, Floats& bias) {
  std::memcpy(&bias, positions + at, sizeof(bias));
  if (mask == nullptr) return;
  Floats masked;
  std::memcpy(&masked, mask + at, sizeof(masked));
  bias += masked;
}

}  // namespace nmsw
