#include "nmsw/kernels/window_attention.h"

#include <algorithm>

#include "nmsw/kernels/conv_blocks.h"
#include "nmsw/kernels/matrix_tiles.h"
#include "nmsw/kernels/products.h"
#include "nmsw/kernels/tile_attention.h"
#include "nmsw/kernels/wide_math.h"

namespace nmsw {
namespace {

// Vectors lie along the queries: each lane is a query with its own largest score, sum and weighted
// values, so that nothing is ever added across lanes. Scores are in units of ln 2, whose softmax is
// a quotient of powers of two.

/// Far below every score.
constexpr float kNothing = -1e30F;

/// Sixteen queries of a window, and all of its keys and values.
template <class Element>
struct QueryVector {
  const WindowAttention& window;
  const Element* queries;  ///< scaled, element by element, `step` elements from one to the next
  int64_t step;
  const Element* keys;    ///< [tokens, elements of the head]
  const Element* values;  ///< [elements of the tokens, head size]
  const float* bias;      ///< [tokens, 16]
  int64_t count;
  float* scores;  ///< [tokens, 16]; after the softmax elements of the tokens
  float* out;
};

/// Scores of a head of kElements elements; 0: any number.
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

/// The element that begins with key j, of which kCount keys are left.
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
    // A numerator that is rounded to eight bits needs no more than thirteen.
    raise_two_fast<kTogether == 1 ? 5 : 3>(weights[i]);
    total += weights[i];
  }
  Products::store(weights, reinterpret_cast<Element*>(scores) + j / kTogether * kLanes);
}

/// Every key's 2^(score − largest) into `scores`, their sum into `sum`. What is read in the loops
/// is copied first: as far as the compiler knows, storing a score might change it.
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
  const float* bias = vector.bias;
  for (int64_t j = 0; j < tokens; ++j, key += elements, bias += kLanes) {
    Sums score;
    std::memcpy(&score, bias, sizeof(score));
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

/// The weighted values of kCount channels from `c` on.
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

/// As many queries as a vector of sums has lanes.
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
    part.bias += lane;
    part.count = std::min(kLanesOf<Products>, vector.count - lane);
    part.out += lane * vector.window.out_stride;
    attend_vector<Products>(part);
  }
}

NMSW_FOR_EVERY_WIDTH(attend_any, attend, QueryVector)

/// A head's queries, keys and values, one behind the other.
template <class Element>
struct PackedHead {
  int64_t padded, elements, value_rows;
  Element *queries, *keys, *values;

  PackedHead(const WindowAttention& window, float* scratch)
      : padded(in_units(window.tokens, kLanes) * kLanes),
        elements(elements_of<Element>(window.head_size)),
        value_rows(elements_of<Element>(window.tokens)),
        queries(reinterpret_cast<Element*>(scratch)),
        keys(queries + elements * padded),
        values(keys + elements * window.tokens) {}
  float* end(const WindowAttention& window) const {
    return reinterpret_cast<float*>(values + value_rows * window.head_size);
  }
};

/// `count` numbers, at most as many as an element holds, `step` apart.
template <class Element>
Element gathered(const float* from, int64_t count, int64_t step, float scale) {
  float numbers[2] = {scale * from[0], 0};
  if (kChannelsOf<Element> == 2 && count > 1) numbers[1] = scale * from[step];
  return element_of<Element>(numbers);
}

template <class Element>
void pack(const WindowAttention& window, const float* q, const float* k, const float* v,
          const PackedHead<Element>& head) {
  constexpr int64_t kTogether = kChannelsOf<Element>;
  const int64_t tokens = window.tokens, size = window.head_size, stride = window.stride;
  for (int64_t i = 0; i < tokens; ++i) {
    for (int64_t e = 0; e < head.elements; ++e) {
      const int64_t from = i * stride + e * kTogether, left = size - e * kTogether;
      head.queries[e * head.padded + i] =
          gathered<Element>(q + from, left, 1, window.scale * kLog2E);
      head.keys[i * head.elements + e] = gathered<Element>(k + from, left, 1, 1);
    }
  }
  for (int64_t e = 0; e < head.elements; ++e) {
    Element* row = head.queries + e * head.padded;
    std::fill(row + tokens, row + head.padded, Element{});
  }
  for (int64_t j = 0; j < head.value_rows; ++j) {
    for (int64_t c = 0; c < size; ++c) {
      head.values[j * size + c] =
          gathered<Element>(v + j * kTogether * stride + c, tokens - j * kTogether, stride, 1);
    }
  }
}

}  // namespace

int64_t query_vectors(int64_t tokens) { return in_units(tokens, kLanes); }

int64_t query_vector_floats(int64_t tokens) { return kLanes * tokens; }

void arrange_attention_bias(const float* bias, int64_t tokens, int64_t vector, float* arranged) {
  for (int64_t j = 0; j < tokens; ++j) {
    for (int64_t i = vector * kLanes; i < (vector + 1) * kLanes; ++i) {
      *arranged++ = i < tokens ? kLog2E * bias[i * tokens + j] : 0.0F;
    }
  }
}

int64_t window_attention_scratch(const WindowAttention& window) {
  const PackedHead<float> head(window, nullptr);
  return std::max(head.elements * (head.padded + window.tokens) + window.tokens * window.head_size +
                      (window.tokens + 1) * kLanes,
                  tile_attention_scratch(window));
}

template <class Element>
void window_attention(const WindowAttention& window, const float* q, const float* k, const float* v,
                      const float* arranged_bias, float* scratch, float* out) {
  if (kChannelsOf<Element> == 2 && has_matrix_tiles() && takes_tile_attention(window)) {
    return tile_attention(window, q, k, v, arranged_bias, scratch, out);
  }
  const PackedHead<Element> head(window, scratch);
  pack(window, q, k, v, head);
  for (int64_t i = 0; i < window.tokens; i += kLanes) {
    attend_any(QueryVector<Element>{window, head.queries + i, head.padded, head.keys, head.values,
                                    arranged_bias + i * window.tokens,
                                    std::min(kLanes, window.tokens - i), head.end(window),
                                    out + i * window.out_stride});
  }
}

template void window_attention<float>(const WindowAttention&, const float*, const float*,
                                      const float*, const float*, float*, float*);
template void window_attention<Bf16Pair>(const WindowAttention&, const float*, const float*,
                                         const float*, const float*, float*, float*);

}  // namespace nmsw
