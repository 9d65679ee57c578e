#pragma once

#include "nmsw/kernels/window_attention.h"

namespace nmsw {

// window_attention on pairs for processors that multiply matrices (matrix_tiles.h): scores of 32
// queries with all keys, and their weighted values, are products of matrices.

/// Whether a head fits a tile.
bool takes_tile_attention(const WindowAttention& window);

int64_t tile_attention_scratch(const WindowAttention& window);

/// As window_attention.
void tile_attention(const WindowAttention& window, const float* q, const float* k, const float* v,
                    const float* arranged_bias, float* scratch, float* out);

}  // namespace nmsw
