#pragma once

#include <algorithm>
#include <cstdint>

#include "nmsw/kernels/simd/fma_products.h"
#include "nmsw/kernels/simd/packing.h"

namespace nmsw {

// Products of pairs by a processor that multiplies matrices (Intel's AMX): sixteen output channels
// by sixteen voxels by sixteen pairs of input channels in one instruction, with sums in float32.
// What the kernels keep for pairs, a vector of voxels behind a vector of voxels, is what it reads.

/// Whether there is such a processor, and the system lets this process use it.
bool has_matrix_tiles();

/// Output channels and voxels that are summed together: two tiles of each.
inline constexpr int64_t kTileChannels = 32, kTileVoxels = 32;
/// Pairs of input channels that a tile has at most.
inline constexpr int64_t kTilePairs = 16;

/// How so many channels and pairs fill tiles. The two tiles of channels, and the tiles of pairs,
/// are equally large each; where they do not come out even, the last one begins within the one
/// before it, with weights of zero for pairs that have been there.
struct TileCut {
  int64_t channels, pairs, rows, blocks, depth;

  TileCut(int64_t channels_of_sum, int64_t pairs_of_sum)
      : channels(channels_of_sum),
        pairs(pairs_of_sum),
        rows((channels + 1) / 2),
        blocks(in_units(pairs, kTilePairs)),
        depth(in_units(pairs, blocks)) {}
  int64_t channel(int64_t tile) const { return tile == 0 ? 0 : channels - rows; }
  int64_t pair(int64_t block) const { return std::min(block * depth, pairs - depth); }
  int64_t tile_pairs() const { return rows * kTilePairs; }
  int64_t packed_size(int64_t taps) const { return blocks * taps * 2 * tile_pairs(); }
};

/// Sums of products along a run of voxels: out[o,i] = Σ_t Σ_p weight[o,t,p] · source[p, i +
/// taps[t]] for i below `length` and o below `channels`, at most kTileChannels. Up to kTileVoxels
/// more are read and written behind the end of the run.
struct TileSums {
  int64_t channels, pairs;
  const Bf16Pair* source;
  int64_t plane;  ///< pairs from one pair of channels to the next
  const Bf16Pair* weight;
  const int64_t* taps;
  int64_t tap_count, length;
  float* out;
  int64_t out_channel;  ///< floats from one o to the next
  /// So many times as many channels, whose weights and sums lie behind those of the first.
  int64_t times = 1;
};

/// By the processor's tiles where has_matrix_tiles(), by vectors elsewhere.
void sum_tiles(const TileSums& sums);
void sum_tiles_by_vectors(const TileSums& sums);

/// The weights of a sum: weight(o, t, c) of `in` channels, TileCut::packed_size(taps) pairs.
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
