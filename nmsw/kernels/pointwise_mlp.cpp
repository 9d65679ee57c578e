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

/// Numbers of a chunk's inputs and outputs that stay in the second cache.
constexpr int64_t kCachedFloats = 64 * 1024;
/// Voxels of a chunk at most.
constexpr int64_t kMostVoxels = 512;

// A channel's voxels lie a power of two apart from the next channel's in all usual volumes, which
// puts the same voxel of all of them into the same few places of a cache. So a chunk of voxels is
// copied channel by channel, in runs that the processor fetches ahead of their use, worked on tile
// by tile, and written in such runs.

template <class Element>
struct Tile {
  const PointwiseMlp<Element>& mlp;
  const Element* values;  ///< elements of the input channels, kTile voxels each
  Element* hidden;        ///< likewise
  float* sums;            ///< output channels, kTile voxels each
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
  const int64_t elements = elements_of<Element>(tile.mlp.hidden);
  Lanes sums[kCount][kVectors];
  multiply<Products>(tile.mlp.compress + first * elements, tile.mlp.compress_bias + first,
                     tile.hidden, elements, sums);
  for (int64_t row = 0; row < kCount; ++row) {
    std::memcpy(tile.sums + (first + row) * kTile, sums[row], sizeof(sums[row]));
  }
}

template <class Products, class Element>
NMSW_INLINE void run_tile(const Tile<Element>& tile) {
  const PointwiseMlp<Element>& mlp = tile.mlp;
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

/// The normed input channel c of the voxels from `at` on, `left` of them; zeros behind the last
/// one, and for a channel that there is none of.
template <class Element>
NMSW_INLINE void load_normed(const PointwiseMlp<Element>& mlp, const float* x, int64_t c,
                             int64_t at, int64_t left, Lanes& values) {
  values = Lanes{};
  if (c >= mlp.in) return;
  load_lanes(x + c * mlp.voxels + at, left, values);
  const float scale = mlp.scale == nullptr ? 1.0F : mlp.scale[c];
  const float offset = mlp.offset == nullptr ? 0.0F : mlp.offset[c];
  values = values * scale + offset;
}

/// Tile behind tile, and in a tile element behind element.
template <class Element>
NMSW_INLINE void load_chunk(const PointwiseMlp<Element>& mlp, const float* x, int64_t begin,
                            int64_t end, Element* values) {
  constexpr int64_t kTogether = kChannelsOf<Element>;
  const int64_t tile_size = elements_of<Element>(mlp.in) * kTile;
  for (int64_t c = 0; c < mlp.in; c += kTogether) {
    for (int64_t at = begin; at < end; at += kLanes) {
      Lanes channels[kTogether];
      for (int64_t i = 0; i < kTogether; ++i) {
        load_normed(mlp, x, c + i, at, end - at, channels[i]);
      }
      const int64_t tile = (at - begin) / kTile, lane = (at - begin) % kTile;
      store_element(channels, values + tile * tile_size + c / kTogether * kTile + lane);
    }
  }
}

NMSW_EVERY_VECTOR_WIDTH
void load_any_chunk(const PointwiseMlp<float>& mlp, const float* x, int64_t begin, int64_t end,
                    float* values) {
  load_chunk(mlp, x, begin, end, values);
}

NMSW_EVERY_VECTOR_WIDTH
void load_any_chunk(const PointwiseMlp<Bf16Pair>& mlp, const float* x, int64_t begin, int64_t end,
                    Bf16Pair* values) {
  load_chunk(mlp, x, begin, end, values);
}

/// One output channel of a chunk, from its tiles, `tile_size` floats apart.
NMSW_EVERY_VECTOR_WIDTH
void store_channel(const float* sums, int64_t tile_size, const float* residual, int64_t count,
                   float* y) {
  for (int64_t at = 0; at < count; at += kLanes) {
    Lanes values, added{};
    std::memcpy(&values, sums + at / kTile * tile_size + at % kTile, sizeof(values));
    if (residual != nullptr) load_lanes(residual + at, count - at, added);
    store_lanes(values + added, count - at, y + at);
  }
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

/// Whole tiles.
template <class Element>
int64_t chunk_of(const PointwiseMlp<Element>& mlp) {
  const int64_t voxels = kCachedFloats / (elements_of<Element>(mlp.in) + mlp.out);
  return std::clamp(voxels / kTile * kTile, kTile, kMostVoxels);
}

template <class Element>
int64_t scratch_of(const PointwiseMlp<Element>& mlp) {
  return (elements_of<Element>(mlp.in) + mlp.out) * chunk_of(mlp) +
         elements_of<Element>(mlp.hidden) * kTile;
}

template <class Element>
void run(const PointwiseMlp<Element>& mlp, const float* x, const float* residual, int64_t begin,
         int64_t end, float* scratch, float* y) {
  static_assert(sizeof(Element) == sizeof(float));
  const int64_t chunk = chunk_of(mlp), in_tile = elements_of<Element>(mlp.in) * kTile,
                out_tile = mlp.out * kTile;
  float* const sums = scratch;
  auto* const values = reinterpret_cast<Element*>(sums + mlp.out * chunk);
  Element* const hidden = values + elements_of<Element>(mlp.in) * chunk;
  for (int64_t first = begin; first < end; first += chunk) {
    const int64_t last = std::min(end, first + chunk);
    load_any_chunk(mlp, x, first, last, values);
    for (int64_t tile = 0; tile * kTile < last - first; ++tile) {
      run_any_tile(Tile<Element>{mlp, values + tile * in_tile, hidden, sums + tile * out_tile});
    }
    for (int64_t o = 0; o < mlp.out; ++o) {
      const int64_t at = o * mlp.voxels + first;
      store_channel(sums + o * kTile, out_tile, residual == nullptr ? nullptr : residual + at,
                    last - first, y + at);
    }
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
                   int64_t begin, int64_t end, float* scratch, float* y) {
  run(mlp, x, residual, begin, end, scratch, y);
}

}  // namespace nmsw
