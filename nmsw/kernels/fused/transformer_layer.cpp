#include "nmsw/kernels/fused/transformer_layer.h"

#include <algorithm>
#include <cmath>

#include "nmsw/kernels/simd/shuffle.h"
#include "nmsw/kernels/simd/vector_math.h"

namespace nmsw {
namespace {

// A tile of tokens is transposed, so that a vector holds one channel of several tokens; results are
// transposed back.

/// A tile in both forms: `channels` is [channel][kPointTile].
template <class Element>
struct Tile {
  const TransformerLayer<Element>& layer;
  int64_t begin, count;
  const float* x;
  float* channels;
  Element* elements;
  const float* sums = nullptr;      ///< results of the products
  const float* residual = nullptr;  ///< or null
  float* y = nullptr;
};

template <class Element>
NMSW_INLINE const float* row_of(const Tile<Element>& tile, int64_t token) {
  const int64_t row =
      tile.layer.source == nullptr ? tile.begin + token : tile.layer.source[tile.begin + token];
  return tile.layer.source != nullptr && row == tile.layer.source_rows
             ? nullptr
             : tile.x + row * tile.layer.in;
}

template <class Floats, class Element>
NMSW_INLINE void load_tokens(const Tile<Element>& tile) {
  for (int64_t group = 0; group < tile.count; group += kNumbersIn<Floats>) {
    for (int64_t c = 0; c < tile.layer.in; c += kNumbersIn<Floats>) {
      Floats rows[kNumbersIn<Floats>];
      for (int64_t i = 0; i < kNumbersIn<Floats>; ++i) {
        rows[i] = Floats{};
        if (group + i >= tile.count) continue;
        const float* row = row_of(tile, group + i);
        if (row != nullptr) load_lanes(row + c, tile.layer.in - c, rows[i]);
      }
      transpose(rows);
      for (int64_t i = 0; i < std::min(kNumbersIn<Floats>, tile.layer.in - c); ++i) {
        std::memcpy(tile.channels + (c + i) * kPointTile + group, &rows[i], sizeof(Floats));
      }
    }
  }
}

/// Layer norm; rows of zeros stay zero.
template <class Floats, class Element>
NMSW_INLINE void norm_tokens(const Tile<Element>& tile) {
  const auto channels = static_cast<float>(tile.layer.in);
  for (int64_t group = 0; group < tile.count; group += kNumbersIn<Floats>) {
    float* first = tile.channels + group;
    Floats mean{}, square{}, kept{}, values;
    for (int64_t c = 0; c < tile.layer.in; ++c) {
      std::memcpy(&values, first + c * kPointTile, sizeof(values));
      mean += values;
    }
    mean /= channels;
    for (int64_t c = 0; c < tile.layer.in; ++c) {
      std::memcpy(&values, first + c * kPointTile, sizeof(values));
      square += (values - mean) * (values - mean);
    }
    Floats scale;
    for (int64_t i = 0; i < kNumbersIn<Floats>; ++i) {
      scale[i] = 1 / std::sqrt(square[i] / channels + static_cast<float>(tile.layer.epsilon));
      kept[i] = group + i < tile.count && row_of(tile, group + i) != nullptr ? 1.0F : 0.0F;
    }
    for (int64_t c = 0; c < tile.layer.in; ++c) {
      std::memcpy(&values, first + c * kPointTile, sizeof(values));
      values =
          ((values - mean) * scale * tile.layer.norm_scale[c] + tile.layer.norm_offset[c]) * kept;
      std::memcpy(first + c * kPointTile, &values, sizeof(values));
    }
  }
}

template <class Products, class Element>
NMSW_INLINE void make_elements(const Tile<Element>& tile) {
  if constexpr (kChannelsOf<Element> == 2) {
    using Floats = typename Products::Sums;
    for (int64_t c = 0; c < tile.layer.in; c += 2) {
      for (int64_t at = 0; at < kPointTile; at += kNumbersIn<Floats>) {
        Floats pair[2] = {};
        for (int64_t i = 0; i < std::min<int64_t>(2, tile.layer.in - c); ++i) {
          std::memcpy(&pair[i], tile.channels + (c + i) * kPointTile + at, sizeof(pair[i]));
        }
        Products::store(pair, tile.elements + c / 2 * kPointTile + at);
      }
    }
  }
}

template <class Products, class Element>
NMSW_INLINE void load_tile(const Tile<Element>& tile) {
  load_tokens<typename Products::Sums>(tile);
  if (tile.layer.norm_scale != nullptr) norm_tokens<typename Products::Sums>(tile);
  make_elements<Products>(tile);
}

template <class Products, class Element>
NMSW_INLINE void store_tile(const Tile<Element>& tile) {
  using Floats = typename Products::Sums;
  const int64_t out = tile.layer.out;
  for (int64_t group = 0; group < tile.count; group += kNumbersIn<Floats>) {
    for (int64_t c = 0; c < out; c += kNumbersIn<Floats>) {
      Floats rows[kNumbersIn<Floats>] = {};
      for (int64_t i = 0; i < std::min(kNumbersIn<Floats>, out - c); ++i) {
        std::memcpy(&rows[i], tile.sums + (c + i) * kPointTile + group, sizeof(Floats));
      }
      transpose(rows);
      for (int64_t i = 0; i < std::min(kNumbersIn<Floats>, tile.count - group); ++i) {
        const int64_t at = (tile.begin + group + i) * out + c;
        Floats added{};
        if (tile.residual != nullptr) load_lanes(tile.residual + at, out - c, added);
        store_lanes(rows[i] + added, out - c, tile.y + at);
      }
    }
  }
}

NMSW_FOR_EVERY_WIDTH(load_any_tile, load_tile, Tile)
NMSW_FOR_EVERY_WIDTH(store_any_tile, store_tile, Tile)

}  // namespace

template <class Element>
int64_t transformer_layer_scratch(const TransformerLayer<Element>& layer) {
  return kPointTile * (layer.in + elements_of<Element>(layer.in) +
                       elements_of<Element>(layer.hidden) + layer.out);
}

/// The rows that a tile of tokens from `begin` on takes.
template <class Element>
TileRows input_rows(const TransformerLayer<Element>& layer, const float* x, int64_t begin,
                    int64_t end) {
  const int64_t count = std::clamp<int64_t>(end - begin, 0, kPointTile);
  if (layer.source == nullptr) return {x + begin * layer.in, count, layer.in, layer.in};
  return {x, count, layer.in, layer.in, layer.source + begin};
}

template <class Element>
void transformer_layer(const TransformerLayer<Element>& layer, const float* x,
                       const float* residual, int64_t begin, int64_t end, float* scratch,
                       float* y) {
  static_assert(sizeof(Element) == sizeof(float));
  float* const channels = scratch;
  float* const sums = channels + layer.in * kPointTile;
  auto* const elements = kChannelsOf<Element> == 1
                             ? reinterpret_cast<Element*>(channels)
                             : reinterpret_cast<Element*>(sums + layer.out * kPointTile);
  auto* const hidden = reinterpret_cast<Element*>(sums + layer.out * kPointTile) +
                       elements_of<Element>(layer.in) * kPointTile;
  PointwiseTile<Element> products{
      layer.in,       layer.hidden,        layer.out, layer.expand, layer.expand_bias,
      layer.compress, layer.compress_bias, elements,  hidden,       sums};
  for (int64_t first = begin; first < end; first += kPointTile) {
    const Tile<Element> tile{
        layer, first, std::min(kPointTile, end - first), x, channels, elements, sums, residual, y};
    load_any_tile(tile);
    products.next_values = input_rows(layer, x, first + kPointTile, end);
    products.target = {(residual == nullptr ? y : residual) + first * layer.out, tile.count,
                       layer.out, layer.out};
    run_point_tile(products);
    store_any_tile(tile);
  }
}

void turn_tokens(const TransformerLayer<float>& layer, int64_t tokens, const float* x,
                 int64_t begin, int64_t end, float* scratch, float* y) {
  for (int64_t first = begin; first < end; first += kPointTile) {
    const Tile<float> tile{layer, first, std::min(kPointTile, end - first), x, scratch, scratch};
    load_any_tile(tile);
    for (int64_t c = 0; c < layer.in; ++c) {
      std::copy_n(scratch + c * kPointTile, tile.count, y + c * tokens + first);
    }
  }
}

#define NMSW_TOKEN_LAYER_OF(Element)                                                       \
  template int64_t transformer_layer_scratch<Element>(const TransformerLayer<Element>&);   \
  template void transformer_layer<Element>(const TransformerLayer<Element>&, const float*, \
                                           const float*, int64_t, int64_t, float*, float*);
NMSW_TOKEN_LAYER_OF(float)
NMSW_TOKEN_LAYER_OF(Bf16Pair)
#undef NMSW_TOKEN_LAYER_OF

}  // namespace nmsw
