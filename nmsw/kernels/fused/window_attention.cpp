#include "nmsw/kernels/fused/window_attention.h"

#include <algorithm>
#include <cstring>

#include "nmsw/kernels/simd/fma_products.h"
#include "nmsw/kernels/simd/packing.h"
#include "nmsw/kernels/simd/shuffle.h"
#include "nmsw/kernels/simd/wide_math.h"

namespace nmsw {
namespace {

// One query per lane, with its own maximum, denominator and weighted values, so that nothing is
// reduced across lanes. Scores are scaled by log₂ e: the softmax is a quotient of powers of two.

/// Initial maximum, far below every score.
constexpr float kNothing = -1e30F;

/// Up to sixteen queries of a window, and all of its keys and values.
template <class Element>
struct QueryVector {
  const WindowAttention& window;
  const Element* queries;  ///< scaled, [elements of the head], `step` apart
  int64_t step;
  const Element* keys;    ///< [tokens, elements of the head]
  const Element* values;  ///< [elements of the tokens, head size]
  int64_t first, count;   ///< index of the first query, and their number
  float* scores;          ///< [tokens, 16]; then numerators, as elements
  float* out;
};

/// Adds q · k for a head of kElements elements; 0: any number.
template <class Products, int64_t kElements>
NMSW_INLINE void add_products(const QueryVector<typename Products::Element>& vector,
                              const typename Products::Vector* queries,
                              const typename Products::Element* key,
                              typename Products::Sums& score) {
#pragma GCC unroll 8
  for (int64_t e = 0; e < kElements; ++e) Products::add(key[e], queries[e], score);
  if constexpr (kElements == 0) {
    for (int64_t e = 0; e < elements_of<typename Products::Element>(vector.window.head_size); ++e) {
      typename Products::Vector query;
      std::memcpy(&query, vector.queries + e * vector.step, sizeof(query));
      Products::add(key[e], query, score);
    }
  }
}

/// Numerators of kCount keys from j on, stored as one element per lane.
template <class Products, int64_t kCount>
NMSW_INLINE void soften_keys(float* scores, int64_t j, const typename Products::Sums& most,
                             typename Products::Sums& total) {
  using Element = typename Products::Element;
  constexpr int64_t kTogether = kChannelsOf<Element>;
  typename Products::Sums weights[kTogether] = {};
#pragma GCC unroll 2
  for (int64_t i = 0; i < kCount; ++i) {
    std::memcpy(&weights[i], scores + (j + i) * kLanes, sizeof(weights[i]));
    weights[i] -= most;
    // Numerators that are rounded to bfloat16 (8 bits) need no more than the polynomial of degree
    // 3.
    raise_two_fast<kTogether == 1 ? 5 : 3>(weights[i]);
    total += weights[i];
  }
  Products::store(weights, reinterpret_cast<Element*>(scores) + j / kTogether * kLanes);
}

/// Position bias plus mask at an offset of the arranged matrices.
template <class Floats>
NMSW_INLINE void load_bias(const float* positions, const float* mask, int64_t at, Floats& bias) {
  std::memcpy(&bias, positions + at, sizeof(bias));
  if (mask == nullptr) return;
  Floats masked;
  std::memcpy(&masked, mask + at, sizeof(masked));
  bias += masked;
}

/// Softmax numerators 2^(score − maximum) into `scores`, their sum into `sum`. Operands are copied
/// to locals: for the compiler, storing a score might alias them.
template <class Products, int64_t kElements>
NMSW_INLINE void soften(const QueryVector<typename Products::Element>& vector,
                        typename Products::Sums& sum) {
  using Sums = typename Products::Sums;
  using Element = typename Products::Element;
  constexpr int64_t kTogether = kChannelsOf<Element>;
  const int64_t tokens = vector.window.tokens;
  const int64_t elements = elements_of<Element>(vector.window.head_size);
  float* const scores = vector.scores;
  typename Products::Vector queries[kElements + 1];
  for (int64_t e = 0; e < kElements; ++e) {
    std::memcpy(&queries[e], vector.queries + e * vector.step, sizeof(queries[e]));
  }
  Sums most = Sums{} + kNothing;
  const Element* key = vector.keys;
  const float *const positions = vector.window.positions, *const mask = vector.window.mask;
  const int64_t bias = vector.first / kLanes * tokens * kLanes + vector.first % kLanes;
  for (int64_t j = 0; j < tokens; ++j, key += elements) {
    Sums score;
    load_bias(positions, mask, bias + j * kLanes, score);
    add_products<Products, kElements>(vector, queries, key, score);
    raise_to(score, most);
    std::memcpy(scores + j * kLanes, &score, sizeof(score));
  }
  Sums total{};
  int64_t j = 0;
  for (; j + kTogether <= tokens; j += kTogether) {
    soften_keys<Products, kTogether>(scores, j, most, total);
  }
  if (j < tokens) soften_keys<Products, 1>(scores, j, most, total);
  sum = total;
}

/// Weighted values of kCount channels from `first` on, divided by the denominators.
template <class Products, int64_t kCount>
NMSW_INLINE void gather(const QueryVector<typename Products::Element>& vector,
                        const typename Products::Sums& sum, int64_t first) {
  using Element = typename Products::Element;
  const WindowAttention& window = vector.window;
  typename Products::Sums totals[kCount] = {};
  const Element* value = vector.values + first;
  const auto* scores = reinterpret_cast<const Element*>(vector.scores);
  for (int64_t j = 0; j < elements_of<Element>(window.tokens); ++j, value += window.head_size) {
    typename Products::Vector weight;
    std::memcpy(&weight, scores + j * kLanes, sizeof(weight));
#pragma GCC unroll 8
    for (int64_t c = 0; c < kCount; ++c) Products::add(value[c], weight, totals[c]);
  }
  for (int64_t c = 0; c < kCount; ++c) {
    totals[c] /= sum;
    for (int64_t i = 0; i < vector.count; ++i) {
      vector.out[i * window.out_stride + first + c] = totals[c][i];
    }
  }
}

/// One vector of queries.
template <class Products>
NMSW_INLINE void attend_vector(const QueryVector<typename Products::Element>& vector) {
  constexpr int64_t kMany = 8, kTogether = kChannelsOf<typename Products::Element>;
  typename Products::Sums sum;
  switch (vector.window.head_size) {
    case 4:
      soften<Products, 4 / kTogether>(vector, sum);
      break;
    case 8:
      soften<Products, 8 / kTogether>(vector, sum);
      break;
    default:
      soften<Products, 0>(vector, sum);
  }
  int64_t c = 0;
  for (; c + kMany <= vector.window.head_size; c += kMany) gather<Products, kMany>(vector, sum, c);
  for (; c < vector.window.head_size; ++c) gather<Products, 1>(vector, sum, c);
}

template <class Products, class Element>
NMSW_INLINE void attend(const QueryVector<Element>& vector) {
  for (int64_t lane = 0; lane < vector.count; lane += kLanesOf<Products>) {
    QueryVector<Element> part = vector;
    part.queries += lane;
    part.first += lane;
    part.count = std::min(kLanesOf<Products>, vector.count - lane);
    part.out += lane * vector.window.out_stride;
    attend_vector<Products>(part);
  }
}

NMSW_FOR_EVERY_WIDTH(attend_any, attend, QueryVector)

/// Transposes the rows of sixteen queries, from `first` on, key by key.
template <class Floats>
NMSW_INLINE void arrange(const float* bias, int64_t tokens, int64_t first, float* arranged) {
  constexpr int64_t kWide = kNumbersIn<Floats>;
  for (int64_t lane = 0; lane < kLanes; lane += kWide) {
    for (int64_t key = 0; key < tokens; key += kWide) {
      Floats rows[kWide];
      for (int64_t i = 0; i < kWide; ++i) {
        rows[i] = Floats{};
        const int64_t query = first + lane + i;
        if (query >= tokens) continue;
        load_lanes(bias + query * tokens + key, tokens - key, rows[i]);
        rows[i] *= kLog2E;
      }
      transpose(rows);
      for (int64_t j = 0; j < std::min(kWide, tokens - key); ++j) {
        std::memcpy(arranged + (key + j) * kLanes + lane, &rows[j], sizeof(rows[j]));
      }
    }
  }
}

NMSW_BY_WIDTH(arrange_any, arrange,
              (const float* bias, int64_t tokens, int64_t first, float* arranged),
              (bias, tokens, first, arranged))

/// A head's queries, keys and values, packed one behind the other.
template <class Element>
struct PackedHead {
  int64_t padded, elements, value_rows;
  Element *queries, *keys, *values;

  PackedHead(const WindowAttention& window, float* scratch)
      : padded(ceil_div(window.tokens, kLanes) * kLanes),
        elements(elements_of<Element>(window.head_size)),
        value_rows(elements_of<Element>(window.tokens)),
        queries(reinterpret_cast<Element*>(scratch)),
        keys(queries + elements * padded),
        values(keys + elements * window.tokens) {}
  float* end(const WindowAttention& window) const {
    return reinterpret_cast<float*>(values + value_rows * window.head_size);
  }
};

/// Eight numbers of a row as elements along the channels.
NMSW_INLINE void make_elements(const HalfLanes& row, float* to) {
  std::memcpy(to, &row, sizeof(row));
}
NMSW_INLINE void make_elements(const HalfLanes& row, Bf16Pair* to) {
  constexpr int64_t kPairs = kHalfLanes / 2;
  using Wide = uint64_t __attribute__((vector_size(kPairs * sizeof(uint64_t))));
  using Pairs = Bf16Pair __attribute__((vector_size(kPairs * sizeof(Bf16Pair))));
  HalfPairLanes rounded;  // the upper half of a number in both of its halves
  pair_lanes(row, row, rounded);
  Wide both;
  std::memcpy(&both, &rounded, sizeof(both));
  both = (both & 0xFFFFU) | ((both >> 32) & 0xFFFF0000U);
  const Pairs pairs = __builtin_convertvector(both, Pairs);
  std::memcpy(to, &pairs, sizeof(pairs));
}
/// The same numbers of a row and the next one as elements along the tokens.
NMSW_INLINE void join_rows(const HalfLanes& row, const HalfLanes&, float* to) {
  make_elements(row, to);
}
NMSW_INLINE void join_rows(const HalfLanes& row, const HalfLanes& next, Bf16Pair* to) {
  HalfPairLanes pairs;
  pair_lanes(row, next, pairs);
  std::memcpy(to, &pairs, sizeof(pairs));
}

/// Copies kMost elements without a call, or fewer.
template <int64_t kMost, class Element>
NMSW_INLINE void copy_most(const Element* from, int64_t count, Element* to) {
  if (count == kMost) {
    std::memcpy(to, from, kMost * sizeof(Element));
  } else {
    std::copy_n(from, count, to);
  }
}

/// Packs eight channels of a head at a time, the last ones as far as they exist.
template <class Element>
NMSW_INLINE void pack(const WindowAttention& window, const float* q, const float* k, const float* v,
                      const PackedHead<Element>& head) {
  constexpr int64_t kTogether = kChannelsOf<Element>, kMost = kHalfLanes / kTogether;
  const int64_t tokens = window.tokens, size = window.head_size, stride = window.stride;
  const float scale = window.scale * kLog2E;
  for (int64_t c = 0; c < size; c += kHalfLanes) {
    const int64_t left = size - c, first = c / kTogether;
    const int64_t count = std::min(kMost, head.elements - first);
    for (int64_t i = 0; i < tokens; ++i) {
      HalfLanes row;
      Element few[kMost];
      load_lanes(q + i * stride + c, left, row);
      make_elements(row * scale, few);
      for (int64_t e = 0; e < count; ++e) head.queries[(first + e) * head.padded + i] = few[e];
      load_lanes(k + i * stride + c, left, row);
      make_elements(row, few);
      copy_most<kMost>(few, count, head.keys + i * head.elements + first);
    }
    for (int64_t j = 0; j < head.value_rows; ++j) {
      HalfLanes row, next{};
      Element few[kHalfLanes];
      load_lanes(v + j * kTogether * stride + c, left, row);
      if (kTogether == 2 && 2 * j + 1 < tokens)
        load_lanes(v + (2 * j + 1) * stride + c, left, next);
      join_rows(row, next, few);
      copy_most<kHalfLanes>(few, std::min(kHalfLanes, left), head.values + j * size + c);
    }
  }
  for (int64_t e = 0; e < head.elements; ++e) {
    Element* row = head.queries + e * head.padded;
    std::fill(row + tokens, row + head.padded, Element{});
  }
}

NMSW_EVERY_VECTOR_WIDTH
void pack_any(const WindowAttention& window, const float* q, const float* k, const float* v,
              const PackedHead<float>& head) {
  pack(window, q, k, v, head);
}
NMSW_EVERY_VECTOR_WIDTH
void pack_any(const WindowAttention& window, const float* q, const float* k, const float* v,
              const PackedHead<Bf16Pair>& head) {
  pack(window, q, k, v, head);
}

}  // namespace

int64_t query_vectors(int64_t tokens) { return ceil_div(tokens, kLanes); }

int64_t query_vector_floats(int64_t tokens) { return kLanes * tokens; }

void arrange_attention_bias(const float* bias, int64_t tokens, int64_t vector, float* arranged) {
  arrange_any(bias, tokens, vector * kLanes, arranged);
}

int64_t window_attention_scratch(const WindowAttention& window) {
  const PackedHead<float> head(window, nullptr);
  return head.elements * (head.padded + window.tokens) + window.tokens * window.head_size +
         (window.tokens + 1) * kLanes;
}

template <class Element>
void window_attention(const WindowAttention& window, const float* q, const float* k, const float* v,
                      float* scratch, float* out) {
  const PackedHead<Element> head(window, scratch);
  pack_any(window, q, k, v, head);
  for (int64_t i = 0; i < window.tokens; i += kLanes) {
    if (window.asked_for != nullptr && window.asked_for[i / kLanes] == 0) continue;
    attend_any(QueryVector<Element>{window, head.queries + i, head.padded, head.keys, head.values,
                                    i, std::min(kLanes, window.tokens - i), head.end(window),
                                    out + i * window.out_stride});
  }
}

template void window_attention<float>(const WindowAttention&, const float*, const float*,
                                      const float*, float*, float*);
template void window_attention<Bf16Pair>(const WindowAttention&, const float*, const float*,
                                         const float*, float*, float*);

}  // namespace nmsw
