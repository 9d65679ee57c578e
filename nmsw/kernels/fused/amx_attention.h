#pragma once

#include <cstring>

#include "nmsw/kernels/fused/window_attention.h"
#include "nmsw/kernels/simd/vector_width.h"

namespace nmsw {

// window_attention on pairs for processors that multiply matrices (matrix_tiles.h): scores of 32
// queries with all keys, and their weighted values, are products of matrices.

/// Whether a head fits a tile.
bool takes_tile_attention(const WindowAttention& window);

int64_t tile_attention_scratch(const WindowAttention& window);

/// As window_attention.
void tile_attention(const WindowAttention& window, const float* q, const float* k, const float* v,
                    float* scratch, float* out);

/// Positions and mask at a place of the arranged matrices, for both kernels.
template <class Floats>
NMSW_INLINE void load_bias(const float* positions, const float* mask, int64_t at, Floats& bias) {
  std::memcpy(&bias, positions + at, sizeof(bias));
  if (mask == nullptr) return;
  Floats masked;
  std::memcpy(&masked, mask + at, sizeof(masked));
  bias += masked;
}

}  // namespace nmsw
