#pragma once

#include <cstdint>

namespace nmsw {

/// One head in one window: out = softmax(scale · q kᵀ + positions + mask) v (METHOD 1.3), without
/// the matrix of all queries and keys. q, k, v and out are [tokens, head_size] with `stride` (for
/// out `out_stride`) floats from token to token.
struct WindowAttention {
  int64_t tokens = 0, head_size = 0;
  int64_t stride = 0, out_stride = 0;
  float scale = 1;
  const float* positions = nullptr;  ///< arranged
  const float* mask = nullptr;       ///< arranged; or null
  /// Of each vector of queries whether anybody reads its rows of `out`, which are left alone
  /// otherwise; null: all are read.
  const uint8_t* asked_for = nullptr;
};

/// The kernel reads positions and mask as so many vectors of queries of so many floats each, one
/// behind the other.
int64_t query_vectors(int64_t tokens);
int64_t query_vector_floats(int64_t tokens);
/// Brings those of one vector of queries, of a matrix [queries, keys], into that form.
void arrange_attention_bias(const float* bias, int64_t tokens, int64_t vector, float* arranged);

/// Floats of scratch memory that a call needs.
int64_t window_attention_scratch(const WindowAttention& window);

/// With pairs as elements, queries, keys, values and the softmax's numerators are rounded to
/// bfloat16; its denominators and all sums are float32.
template <class Element>
void window_attention(const WindowAttention& window, const float* q, const float* k, const float* v,
                      float* scratch, float* out);

}  // namespace nmsw
