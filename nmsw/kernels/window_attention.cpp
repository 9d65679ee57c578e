#include "nmsw/kernels/window_attention.h"

#include "nmsw/kernels/vector_math.h"

namespace nmsw {
namespace {

/// Queries that share each vector of keys.
constexpr int64_t kQueries = 4;
/// Channels of a head whose sums are in registers at a time.
constexpr int64_t kChannels = 4;
/// Far below every score: what stands for it adds nothing to a softmax.
constexpr float kNothing = -1e30F;

int64_t in_vectors(int64_t tokens) { return (tokens + kLanes - 1) / kLanes * kLanes; }

/// [tokens, head_size] with a stride to [head_size, padded tokens], zeros behind.
void turn(const float* from, const WindowAttention& window, float* to) {
  const int64_t padded = in_vectors(window.tokens);
  for (int64_t e = 0; e < window.head_size; ++e) {
    float* row = to + e * padded;
    for (int64_t j = 0; j < window.tokens; ++j) row[j] = from[j * window.stride + e];
    std::fill(row + window.tokens, row + padded, 0.0F);
  }
}

/// True in the lanes of the tokens j, j+1, … that there are.
NMSW_INLINE void presence(int64_t tokens, int64_t j, IntLanes& present) {
  const IntLanes lane{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  present = lane < static_cast<int32_t>(tokens - j);
}

NMSW_INLINE float largest_of(const Lanes& lanes) {
  float largest = lanes[0];
  for (int64_t lane = 1; lane < kLanes; ++lane) largest = std::max(largest, lanes[lane]);
  return largest;
}

/// e^(score − largest) of kCount queries and every key into `scores`, their sums into `sums`.
template <int64_t kCount>
NMSW_INLINE void soften(const WindowAttention& window, const float* q, const float* keys,
                        const float* bias, float* scores, float* sums) {
  const int64_t tokens = window.tokens, padded = in_vectors(tokens);
  Lanes most[kCount];
  for (Lanes& one : most) one = Lanes{} + kNothing;
  for (int64_t j = 0; j < padded; j += kLanes) {
    Lanes score[kCount] = {};
    for (int64_t e = 0; e < window.head_size; ++e) {
      Lanes key;
      std::memcpy(&key, keys + e * padded + j, sizeof(key));
#pragma GCC unroll 4
      for (int64_t i = 0; i < kCount; ++i) score[i] += q[i * window.stride + e] * key;
    }
    IntLanes present;
    presence(tokens, j, present);
    for (int64_t i = 0; i < kCount; ++i) {
      Lanes offset;
      load_lanes(bias + i * tokens + j, tokens - j, offset);
      score[i] = present ? score[i] * window.scale + offset : Lanes{} + kNothing;
      most[i] = score[i] > most[i] ? score[i] : most[i];
      std::memcpy(scores + i * padded + j, &score[i], sizeof(Lanes));
    }
  }
  for (int64_t i = 0; i < kCount; ++i) {
    const float largest = largest_of(most[i]);
    Lanes sum{};
    for (int64_t j = 0; j < padded; j += kLanes) {
      Lanes score;
      std::memcpy(&score, scores + i * padded + j, sizeof(score));
      score -= largest;
      exponentiate(score);
      IntLanes present;
      presence(tokens, j, present);
      score = present ? score : Lanes{};
      sum += score;
      std::memcpy(scores + i * padded + j, &score, sizeof(score));
    }
    sums[i] = static_cast<float>(sum_of_lanes(sum));
  }
}

/// The values, weighted, of kCount channels from `e` on.
template <int64_t kQueryCount, int64_t kCount>
NMSW_INLINE void gather(const WindowAttention& window, const float* scores, const float* sums,
                        const float* values, int64_t e, float* out) {
  const int64_t padded = in_vectors(window.tokens);
  Lanes total[kQueryCount][kCount] = {};
  for (int64_t j = 0; j < padded; j += kLanes) {
    Lanes value[kCount];
    for (int64_t c = 0; c < kCount; ++c) {
      std::memcpy(&value[c], values + (e + c) * padded + j, sizeof(Lanes));
    }
#pragma GCC unroll 4
    for (int64_t i = 0; i < kQueryCount; ++i) {
      Lanes weight;
      std::memcpy(&weight, scores + i * padded + j, sizeof(weight));
#pragma GCC unroll 4
      for (int64_t c = 0; c < kCount; ++c) total[i][c] += weight * value[c];
    }
  }
  for (int64_t i = 0; i < kQueryCount; ++i) {
    for (int64_t c = 0; c < kCount; ++c) {
      out[i * window.out_stride + e + c] =
          static_cast<float>(sum_of_lanes(total[i][c]) / static_cast<double>(sums[i]));
    }
  }
}

template <int64_t kCount>
NMSW_INLINE void attend_queries(const WindowAttention& window, const float* q, const float* keys,
                                const float* values, const float* bias, float* scores, float* out) {
  float sums[kCount];
  soften<kCount>(window, q, keys, bias, scores, sums);
  int64_t e = 0;
  for (; e + kChannels <= window.head_size; e += kChannels) {
    gather<kCount, kChannels>(window, scores, sums, values, e, out);
  }
  for (; e < window.head_size; ++e) gather<kCount, 1>(window, scores, sums, values, e, out);
}

NMSW_EVERY_VECTOR_WIDTH
void attend_window(const WindowAttention& window, const float* q, const float* keys,
                   const float* values, const float* bias, float* scores, float* out) {
  int64_t i = 0;
  for (; i + kQueries <= window.tokens; i += kQueries) {
    attend_queries<kQueries>(window, q + i * window.stride, keys, values, bias + i * window.tokens,
                             scores, out + i * window.out_stride);
  }
  for (; i < window.tokens; ++i) {
    attend_queries<1>(window, q + i * window.stride, keys, values, bias + i * window.tokens, scores,
                      out + i * window.out_stride);
  }
}

}  // namespace

int64_t window_attention_scratch(const WindowAttention& window) {
  return (2 * window.head_size + kQueries) * in_vectors(window.tokens);
}

void window_attention(const WindowAttention& window, const float* q, const float* k, const float* v,
                      const float* bias, float* scratch, float* out) {
  const int64_t turned = window.head_size * in_vectors(window.tokens);
  turn(k, window, scratch);
  turn(v, window, scratch + turned);
  attend_window(window, q, scratch, scratch + turned, bias, scratch + 2 * turned, out);
}

}  // namespace nmsw
