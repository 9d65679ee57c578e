#include "nmsw/kernels/fused/amx_attention.h"

#include <algorithm>

#include "nmsw/kernels/gemm/amx_tiles.h"
#include "nmsw/kernels/simd/wide_math.h"

namespace nmsw {
namespace {

/// Initial maximum, far below every score.
constexpr float kNothing = -1e30F;
constexpr int64_t kTap = 0;

// One query per lane as in window_attention, two vectors at a time.

/// Sizes of a head's operands, padded to whole tiles.
struct HeadSizes {
  int64_t size, pairs, padded, keys;
  TileCut value_cut;

  explicit HeadSizes(const WindowAttention& window)
      : size(window.head_size),
        pairs(elements_of<Bf16Pair>(size)),
        padded(ceil_div(window.tokens, kTileVoxels) * kTileVoxels),
        keys(ceil_div(window.tokens, kTileChannels) * kTileChannels),
        value_cut(size, elements_of<Bf16Pair>(window.tokens)) {}
  int64_t floats() const {
    return pairs * padded + keys * (kTilePairs + kTileVoxels) + value_cut.packed_size(1) +
           size * kTileVoxels;
  }
};

/// A head's operands in tile layout, and buffers for the results.
struct Head : HeadSizes {
  Bf16Pair *queries, *packed_keys, *values;
  float *scores, *sums;

  Head(const WindowAttention& window, float* scratch)
      : HeadSizes(window),
        queries(reinterpret_cast<Bf16Pair*>(scratch)),
        packed_keys(queries + pairs * padded),
        values(packed_keys + keys * kTilePairs),
        scores(reinterpret_cast<float*>(values + value_cut.packed_size(1))),
        sums(scores + keys * kTileVoxels) {}
};

/// A pair of two floats, or of one and zero.
Bf16Pair pair_of(const float* from, int64_t left, float scale) {
  const float numbers[] = {scale * from[0], left > 1 ? scale * from[1] : 0};
  return element_of<Bf16Pair>(numbers);
}

void pack(const WindowAttention& window, const float* q, const float* k, const float* v,
          const Head& head) {
  const int64_t tokens = window.tokens, stride = window.stride;
  std::fill_n(head.packed_keys, head.keys * kTilePairs, Bf16Pair{});
  for (int64_t p = 0; p < head.pairs; ++p) {
    const int64_t c = 2 * p, left = window.head_size - c;
    Bf16Pair* const row = head.queries + p * head.padded;
    for (int64_t i = 0; i < tokens; ++i) {
      row[i] = pair_of(q + i * stride + c, left, window.scale * kLog2E);
      head.packed_keys[i * kTilePairs + p] = pair_of(k + i * stride + c, left, 1);
    }
    std::fill(row + tokens, row + head.padded, Bf16Pair{});
  }
  const auto value = [&](int64_t c, int64_t, int64_t token) { return v[token * stride + c]; };
  pack_tiles(window.head_size, tokens, 1, value, head.values);
}

/// Scores of two vectors of queries, `count` of them from `first` on.
template <class Element>
struct Scores {
  const WindowAttention& window;
  int64_t first, count;
  float* scores;  ///< [tokens, 32]; afterwards [pairs of tokens, 32] pairs
  float* totals;  ///< [32]
};

/// Softmax numerators 2^(score − maximum) of every key as pairs; their sums go into `totals`.
template <class Products, class Element>
NMSW_INLINE void soften(const Scores<Element>& all) {
  using Floats = typename Products::Sums;
  const float *const positions = all.window.positions, *const mask = all.window.mask;
  const int64_t tokens = all.window.tokens;
  auto* const pairs = reinterpret_cast<Element*>(all.scores);
  for (int64_t lane = 0; lane < all.count; lane += kNumbersIn<Floats>) {
    const int64_t bias = (all.first + lane) / kLanes * tokens * kLanes + lane % kLanes;
    Floats most = Floats{} + kNothing, total{};
    for (int64_t j = 0; j < tokens; ++j) {
      Floats score, offset;
      std::memcpy(&score, all.scores + j * kTileVoxels + lane, sizeof(score));
      load_bias(positions, mask, bias + j * kLanes, offset);
      score += offset;
      raise_to(score, most);
      std::memcpy(all.scores + j * kTileVoxels + lane, &score, sizeof(score));
    }
    for (int64_t j = 0; j < tokens; j += 2) {
      Floats weights[2] = {};
#pragma GCC unroll 2
      for (int64_t i = 0; i < 2; ++i) {
        if (j + i >= tokens) break;
        std::memcpy(&weights[i], all.scores + (j + i) * kTileVoxels + lane, sizeof(weights[i]));
        weights[i] -= most;
        raise_two_fast<3>(weights[i]);
        total += weights[i];
      }
      Products::store(weights, pairs + j / 2 * kTileVoxels + lane);
    }
    std::memcpy(all.totals + lane, &total, sizeof(total));
  }
}

NMSW_PAIRS_FOR_EVERY_WIDTH(soften_any, soften, Scores)

}  // namespace

bool takes_tile_attention(const WindowAttention& window) {
  return elements_of<Bf16Pair>(window.head_size) <= kTilePairs && window.head_size <= kTileChannels;
}

int64_t tile_attention_scratch(const WindowAttention& window) { return HeadSizes(window).floats(); }

void tile_attention(const WindowAttention& window, const float* q, const float* k, const float* v,
                    float* scratch, float* out) {
  const Head head(window, scratch);
  pack(window, q, k, v, head);
  for (int64_t first = 0; first < window.tokens; first += kTileVoxels) {
    const int64_t count = std::min(kTileVoxels, window.tokens - first);
    if (window.asked_for != nullptr) {
      const uint8_t* const asked_for = window.asked_for + first / kLanes;
      if (std::none_of(asked_for, asked_for + ceil_div(count, kLanes),
                       [](uint8_t asked) { return asked != 0; })) {
        continue;
      }
    }
    float totals[kTileVoxels];
    sum_tiles({kTileChannels, head.pairs, head.queries + first, head.padded, head.packed_keys,
               &kTap, 1, kTileVoxels, head.scores, kTileVoxels, head.keys / kTileChannels});
    soften_any(Scores<Bf16Pair>{window, first, count, head.scores, totals});
    sum_tiles({head.size, head.value_cut.pairs, reinterpret_cast<const Bf16Pair*>(head.scores),
               kTileVoxels, head.values, &kTap, 1, kTileVoxels, head.sums, kTileVoxels});
    for (int64_t i = 0; i < count; ++i) {
      float* const to = out + (first + i) * window.out_stride;
      const float share = 1 / totals[i];
      for (int64_t c = 0; c < head.size; ++c) to[c] = head.sums[c * kTileVoxels + i] * share;
    }
  }
}

}  // namespace nmsw
