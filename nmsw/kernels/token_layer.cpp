#include "nmsw/kernels/token_layer.h"

#include <algorithm>
#include <cmath>

#include "nmsw/kernels/lane_order.h"
#include "nmsw/kernels/vector_math.h"

namespace nmsw {
namespace {

// A tile of tokens is turned, so that its vectors hold a channel of sixteen tokens each; what comes
// out is turned back.

/// Channels as vectors, kPointTile tokens each.
template <class Element>
struct Tile {
  const TokenLayer<Element>& layer;
  int64_t begin, count;
  float* channels;
};

template <class Element>
NMSW_INLINE const float* row_of(const Tile<Element>& tile, const float* x, int64_t token) {
  const int64_t row =
      tile.layer.source == nullptr ? tile.begin + token : tile.layer.source[tile.begin + token];
  return tile.layer.source != nullptr && row == tile.layer.source_rows ? nullptr
                                                                       : x + row * tile.layer.in;
}

template <class Element>
NMSW_INLINE void load_tokens(const Tile<Element>& tile, const float* x) {
  for (int64_t group = 0; group < tile.count; group += kLanes) {
    for (int64_t c = 0; c < tile.layer.in; c += kLanes) {
      Lanes rows[kLanes];
      for (int64_t i = 0; i < kLanes; ++i) {
        rows[i] = Lanes{};
        if (group + i >= tile.count) continue;
        const float* row = row_of(tile, x, group + i);
        if (row != nullptr) load_lanes(row + c, tile.layer.in - c, rows[i]);
      }
      transpose(rows);
      for (int64_t i = 0; i < std::min(kLanes, tile.layer.in - c); ++i) {
        std::memcpy(tile.channels + (c + i) * kPointTile + group, &rows[i], sizeof(Lanes));
      }
    }
  }
}

/// Norm over the channels; rows of zeros stay what they are.
template <class Element>
NMSW_INLINE void norm_tokens(const Tile<Element>& tile, const float* x) {
  const auto channels = static_cast<float>(tile.layer.in);
  for (int64_t group = 0; group < tile.count; group += kLanes) {
    float* first = tile.channels + group;
    Lanes mean{}, square{}, kept{}, values;
    for (int64_t c = 0; c < tile.layer.in; ++c) {
      std::memcpy(&values, first + c * kPointTile, sizeof(values));
      mean += values;
    }
    mean /= channels;
    for (int64_t c = 0; c < tile.layer.in; ++c) {
      std::memcpy(&values, first + c * kPointTile, sizeof(values));
      square += (values - mean) * (values - mean);
    }
    Lanes scale;
    for (int64_t i = 0; i < kLanes; ++i) {
      scale[i] = 1 / std::sqrt(square[i] / channels + static_cast<float>(tile.layer.epsilon));
      kept[i] = group + i < tile.count && row_of(tile, x, group + i) != nullptr ? 1.0F : 0.0F;
    }
    for (int64_t c = 0; c < tile.layer.in; ++c) {
      std::memcpy(&values, first + c * kPointTile, sizeof(values));
      values =
          ((values - mean) * scale * tile.layer.norm_scale[c] + tile.layer.norm_offset[c]) * kept;
      std::memcpy(first + c * kPointTile, &values, sizeof(values));
    }
  }
}

NMSW_INLINE void make_elements(const float*, int64_t, float*) {}

NMSW_INLINE void make_elements(const float* channels, int64_t in, Bf16Pair* to) {
  for (int64_t c = 0; c < in; c += 2) {
    for (int64_t at = 0; at < kPointTile; at += kLanes) {
      Lanes pair[2] = {};
      for (int64_t i = 0; i < std::min<int64_t>(2, in - c); ++i) {
        std::memcpy(&pair[i], channels + (c + i) * kPointTile + at, sizeof(pair[i]));
      }
      Bf16Products::store(pair, to + c / 2 * kPointTile + at);
    }
  }
}

template <class Element>
NMSW_INLINE void load_tile(const Tile<Element>& tile, const float* x, Element* elements) {
  load_tokens(tile, x);
  if (tile.layer.norm_scale != nullptr) norm_tokens(tile, x);
  make_elements(tile.channels, tile.layer.in, elements);
}

template <class Element>
NMSW_INLINE void store_tile(const Tile<Element>& tile, const float* sums, const float* residual,
                            float* y) {
  const int64_t out = tile.layer.out;
  for (int64_t group = 0; group < tile.count; group += kLanes) {
    for (int64_t c = 0; c < out; c += kLanes) {
      Lanes rows[kLanes] = {};
      for (int64_t i = 0; i < std::min(kLanes, out - c); ++i) {
        std::memcpy(&rows[i], sums + (c + i) * kPointTile + group, sizeof(Lanes));
      }
      transpose(rows);
      for (int64_t i = 0; i < std::min(kLanes, tile.count - group); ++i) {
        const int64_t at = (tile.begin + group + i) * out + c;
        Lanes added{};
        if (residual != nullptr) load_lanes(residual + at, out - c, added);
        store_lanes(rows[i] + added, out - c, y + at);
      }
    }
  }
}

NMSW_EVERY_VECTOR_WIDTH
void load_any_tile(const Tile<float>& tile, const float* x, float* elements) {
  load_tile(tile, x, elements);
}
NMSW_EVERY_VECTOR_WIDTH
void load_any_tile(const Tile<Bf16Pair>& tile, const float* x, Bf16Pair* elements) {
  load_tile(tile, x, elements);
}
NMSW_EVERY_VECTOR_WIDTH
void store_any_tile(const Tile<float>& tile, const float* sums, const float* residual, float* y) {
  store_tile(tile, sums, residual, y);
}
NMSW_EVERY_VECTOR_WIDTH
void store_any_tile(const Tile<Bf16Pair>& tile, const float* sums, const float* residual,
                    float* y) {
  store_tile(tile, sums, residual, y);
}

}  // namespace

template <class Element>
int64_t token_layer_scratch(const TokenLayer<Element>& layer) {
  return kPointTile * (layer.in + elements_of<Element>(layer.in) +
                       elements_of<Element>(layer.hidden) + layer.out);
}

template <class Element>
void token_layer(const TokenLayer<Element>& layer, const float* x, const float* residual,
                 int64_t begin, int64_t end, float* scratch, float* y) {
  static_assert(sizeof(Element) == sizeof(float));
  float* const channels = scratch;
  float* const sums = channels + layer.in * kPointTile;
  auto* const elements = kChannelsOf<Element> == 1
                             ? reinterpret_cast<Element*>(channels)
                             : reinterpret_cast<Element*>(sums + layer.out * kPointTile);
  auto* const hidden = reinterpret_cast<Element*>(sums + layer.out * kPointTile) +
                       elements_of<Element>(layer.in) * kPointTile;
  const PointTile<Element> products{
      layer.in,       layer.hidden,        layer.out, layer.expand, layer.expand_bias,
      layer.compress, layer.compress_bias, elements,  hidden,       sums};
  for (int64_t first = begin; first < end; first += kPointTile) {
    const Tile<Element> tile{layer, first, std::min(kPointTile, end - first), channels};
    load_any_tile(tile, x, elements);
    run_point_tile(products);
    store_any_tile(tile, sums, residual, y);
  }
}

void turn_tokens(const TokenLayer<float>& layer, int64_t tokens, const float* x, int64_t begin,
                 int64_t end, float* scratch, float* y) {
  for (int64_t first = begin; first < end; first += kPointTile) {
    const Tile<float> tile{layer, first, std::min(kPointTile, end - first), scratch};
    load_any_tile(tile, x, scratch);
    for (int64_t c = 0; c < layer.in; ++c) {
      std::copy_n(scratch + c * kPointTile, tile.count, y + c * tokens + first);
    }
  }
}

#define NMSW_TOKEN_LAYER_OF(Element)                                                         \
  template int64_t token_layer_scratch<Element>(const TokenLayer<Element>&);                 \
  template void token_layer<Element>(const TokenLayer<Element>&, const float*, const float*, \
                                     int64_t, int64_t, float*, float*);
NMSW_TOKEN_LAYER_OF(float)
NMSW_TOKEN_LAYER_OF(Bf16Pair)
#undef NMSW_TOKEN_LAYER_OF

}  // namespace nmsw
