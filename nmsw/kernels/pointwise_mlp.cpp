#include "nmsw/kernels/pointwise_mlp.h"

#include <algorithm>

#include "nmsw/kernels/vector_math.h"

namespace nmsw {
namespace {

constexpr int64_t kVectors = 4;
/// Voxels of a tile.
constexpr int64_t kTile = kVectors * kLanes;
/// Rows of a product that are summed together: with four vectors each they fill the registers.
constexpr int64_t kRows = 6;

template <class Element>
struct Tile {
  const PointwiseMlp<Element>& mlp;
  const float* x;
  const float* residual;
  int64_t at, count;
  Element* values;  ///< elements of the input channels, kTile voxels each
  Element* hidden;
  float* y;
};

/// kCount rows of weight · values + bias.
template <class Products, int64_t kCount, class Element>
NMSW_INLINE void multiply(const Element* weight, const float* bias, const Element* values,
                          int64_t elements, Lanes (&sums)[kCount][kVectors]) {
  for (int64_t row = 0; row < kCount; ++row) {
    for (int64_t v = 0; v < kVectors; ++v) sums[row][v] = Lanes{} + bias[row];
  }
  for (int64_t c = 0; c < elements; ++c) {
    typename Products::Vector vectors[kVectors];
#pragma GCC unroll 4
    for (int64_t v = 0; v < kVectors; ++v) {
      std::memcpy(&vectors[v], values + c * kTile + v * kLanes, sizeof(vectors[v]));
    }
#pragma GCC unroll 6
    for (int64_t row = 0; row < kCount; ++row) {
#pragma GCC unroll 4
      for (int64_t v = 0; v < kVectors; ++v) Products::add(weight[row], vectors[v], sums[row][v]);
    }
    weight += kCount;
  }
}

template <class Products, int64_t kCount, class Element>
NMSW_INLINE void expand_rows(const Tile<Element>& tile, int64_t first) {
  constexpr int64_t kTogether = kChannelsOf<Element>;
  const int64_t elements = elements_of<Element>(tile.mlp.in);
  Lanes sums[kCount][kVectors];
  multiply<Products>(tile.mlp.expand + first * elements, tile.mlp.expand_bias + first, tile.values,
                     elements, sums);
  for (int64_t row = 0; row < kCount; row += kTogether) {
    for (int64_t v = 0; v < kVectors; ++v) {
      Lanes rows[kTogether] = {};
      for (int64_t i = 0; i < std::min(kTogether, kCount - row); ++i) {
        rows[i] = sums[row + i][v];
        gelu(rows[i]);
      }
      store_element(rows, tile.hidden + (first + row) / kTogether * kTile + v * kLanes);
    }
  }
}

template <class Products, int64_t kCount, class Element>
NMSW_INLINE void compress_rows(const Tile<Element>& tile, int64_t first) {
  const PointwiseMlp<Element>& mlp = tile.mlp;
  const int64_t elements = elements_of<Element>(mlp.hidden);
  Lanes sums[kCount][kVectors];
  multiply<Products>(mlp.compress + first * elements, mlp.compress_bias + first, tile.hidden,
                     elements, sums);
  for (int64_t row = 0; row < kCount; ++row) {
    const int64_t base = (first + row) * mlp.voxels + tile.at;
    for (int64_t v = 0; v * kLanes < tile.count; ++v) {
      const int64_t left = tile.count - v * kLanes;
      Lanes values{};
      if (tile.residual != nullptr) load_lanes(tile.residual + base + v * kLanes, left, values);
      store_lanes(sums[row][v] + values, left, tile.y + base + v * kLanes);
    }
  }
}

/// The normed input channel c of one vector of voxels; zeros behind the last channel and voxel.
template <class Element>
NMSW_INLINE void load_normed(const Tile<Element>& tile, int64_t c, int64_t v, Lanes& values) {
  const PointwiseMlp<Element>& mlp = tile.mlp;
  values = Lanes{};
  if (c >= mlp.in) return;
  if (v * kLanes < tile.count) {
    load_lanes(tile.x + c * mlp.voxels + tile.at + v * kLanes, tile.count - v * kLanes, values);
  }
  const float scale = mlp.scale == nullptr ? 1.0F : mlp.scale[c];
  const float offset = mlp.offset == nullptr ? 0.0F : mlp.offset[c];
  values = values * scale + offset;
}

/// A whole tile; lanes behind the last voxel hold values that nobody reads.
template <class Products, class Element>
NMSW_INLINE void run_tile(const Tile<Element>& tile) {
  constexpr int64_t kTogether = kChannelsOf<Element>;
  const PointwiseMlp<Element>& mlp = tile.mlp;
  for (int64_t c = 0; c < mlp.in; c += kTogether) {
    for (int64_t v = 0; v < kVectors; ++v) {
      Lanes channels[kTogether];
      for (int64_t i = 0; i < kTogether; ++i) load_normed(tile, c + i, v, channels[i]);
      store_element(channels, tile.values + c / kTogether * kTile + v * kLanes);
    }
  }
  int64_t row = 0;
  for (; row + kRows <= mlp.hidden; row += kRows) expand_rows<Products, kRows>(tile, row);
  for (; row + 2 <= mlp.hidden; row += 2) expand_rows<Products, 2>(tile, row);
  if (row < mlp.hidden) expand_rows<Products, 1>(tile, row);
  for (row = 0; row + kRows <= mlp.out; row += kRows) compress_rows<Products, kRows>(tile, row);
  for (; row + 2 <= mlp.out; row += 2) compress_rows<Products, 2>(tile, row);
  if (row < mlp.out) compress_rows<Products, 1>(tile, row);
}

NMSW_EVERY_VECTOR_WIDTH
void run_float_tile(const Tile<float>& tile) { run_tile<Float32Products>(tile); }

NMSW_EVERY_VECTOR_WIDTH
void run_pair_tile_anywhere(const Tile<Bf16Pair>& tile) { run_tile<Bf16Products>(tile); }

NMSW_BF16_INSTRUCTIONS
void run_pair_tile_by_dot(const Tile<Bf16Pair>& tile) { run_tile<Bf16DotProducts>(tile); }

void run_any_tile(const Tile<float>& tile) { run_float_tile(tile); }

void run_any_tile(const Tile<Bf16Pair>& tile) {
  has_bf16_instructions() ? run_pair_tile_by_dot(tile) : run_pair_tile_anywhere(tile);
}

template <class Element>
void pack(const float* weight, int64_t in, int64_t out, Element* packed) {
  for (int64_t first = 0; first < out;) {
    const int64_t left = out - first, rows = left >= kRows ? kRows : left >= 2 ? 2 : 1;
    for (int64_t c = 0; c < in; c += kChannelsOf<Element>) {
      for (int64_t row = 0; row < rows; ++row) {
        const float* from = weight + (first + row) * in + c;
        const float numbers[] = {from[0], c + 1 < in ? from[1] : 0.0F};
        *packed++ = element_of<Element>(numbers);
      }
    }
    first += rows;
  }
}

template <class Element>
int64_t scratch_of(const PointwiseMlp<Element>& mlp) {
  return (elements_of<Element>(mlp.in) + elements_of<Element>(mlp.hidden)) * kTile;
}

template <class Element>
void run(const PointwiseMlp<Element>& mlp, const float* x, const float* residual, int64_t begin,
         int64_t end, Element* scratch, float* y) {
  Element* hidden = scratch + elements_of<Element>(mlp.in) * kTile;
  for (int64_t at = begin; at < end; at += kTile) {
    run_any_tile(
        Tile<Element>{mlp, x, residual, at, std::min(kTile, end - at), scratch, hidden, y});
  }
}

}  // namespace

void pack_pointwise_weight(const float* weight, int64_t in, int64_t out, float* packed) {
  pack(weight, in, out, packed);
}

void pack_pointwise_weight(const float* weight, int64_t in, int64_t out, Bf16Pair* packed) {
  pack(weight, in, out, packed);
}

int64_t pointwise_mlp_scratch(const PointwiseMlp<float>& mlp) { return scratch_of(mlp); }
int64_t pointwise_mlp_scratch(const PointwiseMlp<Bf16Pair>& mlp) { return scratch_of(mlp); }

void pointwise_mlp(const PointwiseMlp<float>& mlp, const float* x, const float* residual,
                   int64_t begin, int64_t end, float* scratch, float* y) {
  run(mlp, x, residual, begin, end, scratch, y);
}

void pointwise_mlp(const PointwiseMlp<Bf16Pair>& mlp, const float* x, const float* residual,
                   int64_t begin, int64_t end, Bf16Pair* scratch, float* y) {
  run(mlp, x, residual, begin, end, scratch, y);
}

}  // namespace nmsw
