#include "nmsw/kernels/window_attention.h"

#include <algorithm>

#include "nmsw/kernels/vector_math.h"

namespace nmsw {
namespace {

// Vectors lie along the queries: each lane is a query with its own largest score, sum and weighted
// values, so that nothing is ever added across lanes.

/// Far below every score.
constexpr float kNothing = -1e30F;

int64_t in_vectors(int64_t tokens) { return (tokens + kLanes - 1) / kLanes * kLanes; }

/// Some queries of a window, and all of its keys and values.
struct QueryBlock {
  const WindowAttention& window;
  const float* queries;  ///< scaled, channel by channel, `channel` floats from one to the next
  int64_t channel;
  const float* k;
  const float* v;
  const float* bias;  ///< of the first query and key
  int64_t count;
  float* scores;
  float* out;
};

/// Scores of a head of kHead channels; 0: any number.
template <int64_t kHead>
NMSW_INLINE void add_products(const QueryBlock& block, const Lanes* queries, const float* key,
                              Lanes& score) {
#pragma GCC unroll 8
  for (int64_t e = 0; e < kHead; ++e) score += key[e] * queries[e];
  if constexpr (kHead == 0) {
    for (int64_t e = 0; e < block.window.head_size; ++e) {
      Lanes query;
      std::memcpy(&query, block.queries + e * block.channel, sizeof(query));
      score += key[e] * query;
    }
  }
}

/// Every key's e^(score − largest) into `scores`, their sum into `sum`. What is read in the loops
/// is copied first: as far as the compiler knows, storing a score might change it.
template <int64_t kHead>
NMSW_INLINE void soften(const QueryBlock& block, Lanes& sum) {
  const int64_t tokens = block.window.tokens, stride = block.window.stride, count = block.count;
  float* const scores = block.scores;
  Lanes queries[kHead + 1];
  for (int64_t e = 0; e < kHead; ++e) {
    std::memcpy(&queries[e], block.queries + e * block.channel, sizeof(Lanes));
  }
  Lanes most = Lanes{} + kNothing;
  const float *key = block.k, *bias = block.bias;
  for (int64_t j = 0; j < tokens; ++j, key += stride, bias += tokens) {
    Lanes score;
    load_lanes(bias, count, score);
    add_products<kHead>(block, queries, key, score);
    most = score > most ? score : most;
    std::memcpy(scores + j * kLanes, &score, sizeof(score));
  }
  Lanes total{};
  for (int64_t j = 0; j < tokens; ++j) {
    Lanes weight;
    std::memcpy(&weight, scores + j * kLanes, sizeof(weight));
    weight -= most;
    exponentiate(weight);
    total += weight;
    std::memcpy(scores + j * kLanes, &weight, sizeof(weight));
  }
  sum = total;
}

/// The weighted values of kCount channels from `e` on.
template <int64_t kCount>
NMSW_INLINE void gather(const QueryBlock& block, const Lanes& sum, int64_t e) {
  const WindowAttention& window = block.window;
  Lanes totals[kCount] = {};
  const float *value = block.v + e, *scores = block.scores;
  for (int64_t j = 0; j < window.tokens; ++j, value += window.stride) {
    Lanes weight;
    std::memcpy(&weight, scores + j * kLanes, sizeof(weight));
#pragma GCC unroll 8
    for (int64_t c = 0; c < kCount; ++c) totals[c] += value[c] * weight;
  }
  for (int64_t c = 0; c < kCount; ++c) {
    totals[c] /= sum;
    for (int64_t i = 0; i < block.count; ++i) {
      block.out[i * window.out_stride + e + c] = totals[c][i];
    }
  }
}

NMSW_EVERY_VECTOR_WIDTH
void attend(const QueryBlock& block) {
  constexpr int64_t kMany = 8;
  Lanes sum;
  switch (block.window.head_size) {
    case 4:
      soften<4>(block, sum);
      break;
    case 8:
      soften<8>(block, sum);
      break;
    default:
      soften<0>(block, sum);
  }
  int64_t e = 0;
  for (; e + kMany <= block.window.head_size; e += kMany) gather<kMany>(block, sum, e);
  for (; e < block.window.head_size; ++e) gather<1>(block, sum, e);
}

}  // namespace

int64_t window_attention_scratch(const WindowAttention& window) {
  return window.head_size * in_vectors(window.tokens) + window.tokens * kLanes;
}

void window_attention(const WindowAttention& window, const float* q, const float* k, const float* v,
                      const float* bias, float* scratch, float* out) {
  const int64_t padded = in_vectors(window.tokens);
  float* const queries = scratch;
  float* const scores = queries + window.head_size * padded;
  for (int64_t e = 0; e < window.head_size; ++e) {
    float* row = queries + e * padded;
    for (int64_t i = 0; i < window.tokens; ++i) row[i] = window.scale * q[i * window.stride + e];
    std::fill(row + window.tokens, row + padded, 0.0F);
  }
  for (int64_t i = 0; i < window.tokens; i += kLanes) {
    attend({window, queries + i, padded, k, v, bias + i, std::min(kLanes, window.tokens - i),
            scores, out + i * window.out_stride});
  }
}

}  // namespace nmsw
