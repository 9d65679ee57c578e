#pragma once

#include <algorithm>
#include <cstdint>

#include "nmsw/kernels/simd/fma_products.h"
#include "nmsw/kernels/simd/packing.h"

namespace nmsw {

// bfloat16 matrix products by Intel AMX. One instruction multiplies 16 output channels × 16 pairs
// of input channels with 16 pairs × 16 voxels and accumulates in float32. The data layout is that
// of the other kernels for pairs: one row of voxels after another.

/// Size of a register block: two tiles of output channels by two of voxels.
inline constexpr int64_t kTileChannels = 32, kTileVoxels = 32;
/// Pairs of input channels of a tile, at most.
inline constexpr int64_t kTilePairs = 16;

/// How channels and pairs are divided into tiles: two tiles of `rows` channels, `blocks` tiles of
/// `depth` pairs. Where the sizes do not divide evenly, the last tile overlaps the one before it;
/// repeated pairs get zero weights, repeated channels are computed twice.
struct TileCut {
  int64_t channels, pairs, rows, blocks, depth;

  TileCut(int64_t channels_of_sum, int64_t pairs_of_sum)
      : channels(channels_of_sum),
        pairs(pairs_of_sum),
        rows((channels + 1) / 2),
        blocks(ceil_div(pairs, kTilePairs)),
        depth(ceil_div(pairs, blocks)) {}
  int64_t channel(int64_t tile) const { return tile == 0 ? 0 : channels - rows; }
  int64_t pair(int64_t block) const { return std::min(block * depth, pairs - depth); }
  int64_t tile_pairs() const { return rows * kTilePairs; }
  int64_t packed_size(int64_t taps) const { return blocks * taps * 2 * tile_pairs(); }
};

/// Products summed along a run of voxels: out[o,i] = Σ_t Σ_p weight[o,t,p] · source[p, i + taps[t]]
/// for 0 ≤ i < length and 0 ≤ o < channels, at most kTileChannels. Up to kTileVoxels elements
/// beyond the end of the run are read and written.
struct TileSums {
  int64_t channels, pairs;
  const Bf16Pair* source;
  int64_t plane;           ///< elements from one pair of channels to the next
  const Bf16Pair* weight;  ///< packed by pack_tiles
  const int64_t* taps;     ///< [tap_count] offsets into a row of `source`
  int64_t tap_count, length;
  float* out;
  int64_t out_channel;  ///< floats from one o to the next
  /// Repeats for so many groups of `channels` output channels; their weights and sums follow each
  /// other.
  int64_t times = 1;
};

/// By AMX where has(Instructions::amx), by vectors elsewhere. Thread-safe.
void sum_tiles(const TileSums& sums);
void sum_tiles_by_vectors(const TileSums& sums);

/// Packs the weights of a TileSums: weight(o, t, c) for `in` input channels. Writes
/// TileCut::packed_size(taps) pairs.
template <class Weight>
void pack_tiles(int64_t channels, int64_t in, int64_t taps, Weight weight, Bf16Pair* packed) {
  const TileCut cut(channels, elements_of<Bf16Pair>(in));
  std::fill_n(packed, cut.packed_size(taps), Bf16Pair{});
  for (int64_t block = 0; block < cut.blocks; ++block) {
    for (int64_t tile = 0; tile < 2; ++tile) {
      for (int64_t row = 0; row < cut.rows; ++row) {
        const int64_t o = cut.channel(tile) + row, first = cut.pair(block);
        for (int64_t pair = block * cut.depth; pair < first + cut.depth; ++pair) {
          Bf16Pair* to = packed + (block * taps * 2 + tile) * cut.tile_pairs() + row * kTilePairs +
                         pair - first;
          for (int64_t t = 0; t < taps; ++t) {
            const float numbers[] = {weight(o, t, 2 * pair),
                                     2 * pair + 1 < in ? weight(o, t, 2 * pair + 1) : 0.0F};
            to[t * 2 * cut.tile_pairs()] = element_of<Bf16Pair>(numbers);
          }
        }
      }
    }
  }
}

}  // namespace nmsw
