#pragma once

#include <cstdint>

namespace nmsw {

/// One head in one window: out = softmax(scale · q kᵀ + bias) v (spec 1.3), without the matrix of
/// all queries and keys. q, k, v and out are [tokens, head_size] with `stride` (for out
/// `out_stride`) floats from token to token; `bias` holds positions and mask, [keys, queries]: that
/// of query i and key j lies at j · tokens + i.
struct WindowAttention {
  int64_t tokens = 0, head_size = 0;
  int64_t stride = 0, out_stride = 0;
  float scale = 1;
};

/// Floats of scratch memory that a call needs.
int64_t window_attention_scratch(const WindowAttention& window);

void window_attention(const WindowAttention& window, const float* q, const float* k, const float* v,
                      const float* bias, float* scratch, float* out);

}  // namespace nmsw
