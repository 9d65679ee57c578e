#pragma once

#include <cstdint>

namespace nmsw {

/// One head in one window: out = softmax(scale · q kᵀ + positions + mask) v (METHOD 1.3), without the
/// matrix of all scores. q, k, v and out are [tokens, head_size] float32 with `stride` (for out
/// `out_stride`) floats from token to token.
struct WindowAttention {
  int64_t tokens = 0, head_size = 0;
  int64_t stride = 0, out_stride = 0;
  float scale = 1;
  const float* positions = nullptr;  ///< position bias, arranged
  const float* mask = nullptr;       ///< arranged; or null
  /// For each vector of queries, whether its rows of `out` are needed; the others are left
  /// untouched. Null: all are needed.
  const uint8_t* asked_for = nullptr;
};

/// Layout of position bias and mask: query_vectors(tokens) strips of query_vector_floats(tokens)
/// floats, each [key][16 queries], scaled by log₂ e.
int64_t query_vectors(int64_t tokens);
int64_t query_vector_floats(int64_t tokens);
/// Writes one strip of a matrix [queries, keys] into that layout.
void arrange_attention_bias(const float* bias, int64_t tokens, int64_t vector, float* arranged);

/// Floats of scratch memory per call.
int64_t window_attention_scratch(const WindowAttention& window);

/// With Bf16Pair, queries, keys, values and the softmax's numerators are rounded to bfloat16;
/// denominators and accumulators are float32. Thread-safe, each thread with its own scratch.
template <class Element>
void window_attention(const WindowAttention& window, const float* q, const float* k, const float* v,
                      float* scratch, float* out);

}  // namespace nmsw
