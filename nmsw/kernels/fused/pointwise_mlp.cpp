#include "nmsw/kernels/fused/pointwise_mlp.h"

#include <algorithm>

#include "nmsw/kernels/simd/vector_math.h"

namespace nmsw {
namespace {

/// Inputs and outputs of a chunk, in numbers: they should stay in L2.
constexpr int64_t kCachedFloats = 64 * 1024;
/// Voxels of a chunk, at most.
constexpr int64_t kMostVoxels = 512;

// In most volumes channels are a power of two apart, so that the same voxel of all channels falls
// into a few cache sets. A chunk of voxels is therefore copied channel by channel, in runs that the
// hardware prefetcher follows, computed tile by tile, and written in such runs.

/// An input channel with its deferred norm.
template <class Floats>
struct NormedChannel {
  const float* from;  ///< null: no such channel
  Floats scale, offset;

  template <class Element>
  NMSW_INLINE NormedChannel(const PointwiseMlp<Element>& mlp, const float* x, int64_t c)
      : from(c < mlp.in ? x + c * mlp.voxels : nullptr), scale{}, offset{} {
    if (from == nullptr) return;
    scale += mlp.scale == nullptr ? 1.0F : mlp.scale[c];
    offset += mlp.offset == nullptr ? 0.0F : mlp.offset[c];
  }
};

/// A chunk of voxels.
template <class Element>
struct Chunk {
  const PointwiseMlp<Element>& mlp;
  const float* x;
  const float* residual;
  int64_t begin, end;
  Element* values;    ///< [tile][element of in][kPointTile]
  const float* sums;  ///< [tile][out][kPointTile]
  float* y;
};

// What is constant for a channel is copied to locals: for the compiler, a store might alias it.

template <class Products, class Element>
NMSW_INLINE void load_chunk(const Chunk<Element>& chunk) {
  using Floats = typename Products::Sums;
  constexpr int64_t kTogether = kChannelsOf<Element>, kWide = kNumbersIn<Floats>;
  const auto& mlp = chunk.mlp;
  const int64_t begin = chunk.begin, count = chunk.end - begin, in = mlp.in,
                tile_size = elements_of<Element>(in) * kPointTile;
  Element* values = chunk.values;
  for (int64_t c = 0; c < in; c += kTogether, values += kPointTile) {
    const NormedChannel<Floats> first(mlp, chunk.x, c), second(mlp, chunk.x, c + kTogether - 1);
    const auto load = [&](const NormedChannel<Floats>& channel, int64_t at, Floats& to)
                          NMSW_INLINED {
                            to = Floats{};
                            if (channel.from == nullptr) return;
                            load_lanes(channel.from + begin + at, count - at, to);
                            to = to * channel.scale + channel.offset;
                          };
    for (int64_t at = 0; at < count; at += kWide) {
      Floats channels[2];
      load(first, at, channels[0]);
      if constexpr (kTogether == 2) load(second, at, channels[1]);
      Products::store(channels, values + at / kPointTile * tile_size + at % kPointTile);
    }
  }
}

template <class Products, class Element>
NMSW_INLINE void store_chunk(const Chunk<Element>& chunk) {
  using Floats = typename Products::Sums;
  constexpr int64_t kWide = kNumbersIn<Floats>;
  const int64_t out = chunk.mlp.out, voxels = chunk.mlp.voxels, tile_size = out * kPointTile,
                count = chunk.end - chunk.begin;
  const float* residual = chunk.residual == nullptr ? nullptr : chunk.residual + chunk.begin;
  const float* sums = chunk.sums;
  float* y = chunk.y + chunk.begin;
  for (int64_t o = 0; o < out; ++o, sums += kPointTile, y += voxels) {
    for (int64_t at = 0; at < count; at += kWide) {
      Floats values, added{};
      std::memcpy(&values, sums + at / kPointTile * tile_size + at % kPointTile, sizeof(values));
      if (residual != nullptr) load_lanes(residual + at, count - at, added);
      store_lanes(values + added, count - at, y + at);
    }
    if (residual != nullptr) residual += voxels;
  }
}

NMSW_FOR_EVERY_WIDTH(load_any_chunk, load_chunk, Chunk)
NMSW_FOR_EVERY_WIDTH(store_any_chunk, store_chunk, Chunk)

/// Voxels of a chunk, whole tiles.
template <class Element>
int64_t chunk_of(const PointwiseMlp<Element>& mlp) {
  const int64_t voxels = kCachedFloats / (elements_of<Element>(mlp.in) + mlp.out);
  return std::clamp(voxels / kPointTile * kPointTile, kPointTile, kMostVoxels);
}

template <class Element>
int64_t scratch_of(const PointwiseMlp<Element>& mlp) {
  return (elements_of<Element>(mlp.in) + mlp.out) * chunk_of(mlp) +
         elements_of<Element>(mlp.hidden) * kPointTile;
}

/// Rows to prefetch: the channels of a volume, which may be null, in the tile at `at`; none for a
/// partial tile.
TileRows rows_at(const float* volume, int64_t channels, int64_t voxels, int64_t at, int64_t end) {
  if (volume == nullptr || at + kPointTile > end) return {};
  return {volume + at, channels, voxels, kPointTile};
}

template <class Element>
void run(const PointwiseMlp<Element>& mlp, const float* x, const float* residual, int64_t begin,
         int64_t end, float* scratch, float* y) {
  static_assert(sizeof(Element) == sizeof(float));
  const int64_t chunk = chunk_of(mlp), in_tile = elements_of<Element>(mlp.in) * kPointTile,
                out_tile = mlp.out * kPointTile;
  float* const sums = scratch;
  auto* const values = reinterpret_cast<Element*>(sums + mlp.out * chunk);
  Element* const hidden = values + elements_of<Element>(mlp.in) * chunk;
  PointwiseTile<Element> tile{mlp.in,       mlp.hidden,        mlp.out, mlp.expand, mlp.expand_bias,
                              mlp.compress, mlp.compress_bias, nullptr, hidden,     nullptr};
  // Memory that was just read is in a cache already.
  const float* const target = residual == nullptr && y != x ? y : residual;
  for (int64_t first = begin; first < end; first += chunk) {
    const Chunk<Element> part{mlp,    x,    residual, first, std::min(end, first + chunk),
                              values, sums, y};
    load_any_chunk(part);
    for (int64_t i = 0; i * kPointTile < part.end - first; ++i) {
      tile.values = values + i * in_tile;
      tile.sums = sums + i * out_tile;
      const int64_t at = first + i * kPointTile, next = at + chunk;
      tile.next_values = rows_at(x, mlp.in, mlp.voxels, next, end);
      tile.target = rows_at(target, mlp.out, mlp.voxels, at, end);
      run_point_tile(tile);
    }
    store_any_chunk(part);
  }
}

}  // namespace

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
