#include "nmsw/kernels/gemm/amx_tiles.h"

namespace nmsw {
namespace {

template <class Element>
using Sums = std::conditional_t<std::is_same_v<Element, Bf16Pair>, TileSums, void>;

/// One vector of voxels of one output channel, `row` of a tile.
template <class Products>
NMSW_INLINE void sum_vector(const TileSums& sums, const TileCut& cut, int64_t tile, int64_t row,
                            int64_t at) {
  typename Products::Sums total{};
  const Bf16Pair* weight = sums.weight + tile * cut.tile_pairs() + row * kTilePairs;
  for (int64_t block = 0; block < cut.blocks; ++block) {
    const Bf16Pair* from = sums.source + cut.pair(block) * sums.plane + at;
    for (int64_t t = 0; t < sums.tap_count; ++t, weight += 2 * cut.tile_pairs()) {
      for (int64_t p = 0; p < cut.depth; ++p) {
        typename Products::Vector values;
        std::memcpy(&values, from + sums.taps[t] + p * sums.plane, sizeof(values));
        Products::add(weight[p], values, total);
      }
    }
  }
  std::memcpy(sums.out + (cut.channel(tile) + row) * sums.out_channel + at, &total, sizeof(total));
}

template <class Products>
NMSW_INLINE void sum_vectors(const TileSums& sums) {
  const TileCut cut(sums.channels, sums.pairs);
  TileSums part = sums;
  for (int64_t i = 0; i < sums.times; ++i) {
    for (int64_t at = 0; at < sums.length; at += kLanesOf<Products>) {
      for (int64_t tile = 0; tile < 2; ++tile) {
        for (int64_t row = 0; row < cut.rows; ++row) sum_vector<Products>(part, cut, tile, row, at);
      }
    }
    part.weight += cut.packed_size(sums.tap_count);
    part.out += sums.channels * sums.out_channel;
  }
}

NMSW_PAIRS_FOR_EVERY_WIDTH(sum_any_vectors, sum_vectors, Sums)

#if defined(__x86_64__) && defined(__linux__)

/// Operand of ldtilecfg: the shapes of the eight tile registers.
struct alignas(64) TileShapes {
  uint8_t palette = 1, start_row = 0, unused[14] = {};
  uint16_t row_bytes[16] = {};
  uint8_t rows[16] = {};
};

// Tiles 0 to 3 accumulate [tile of channels][tile of voxels]; 4 and 5 hold weights, 6 and 7 voxels.
// The compiler does not know the tile registers; the clobbers keep it from moving what they load
// and store.
#define NMSW_TILE_ZERO(tile) asm volatile("tilezero %%tmm" #tile ::: "memory")
#define NMSW_TILE_LOAD(tile, from, step) \
  asm volatile("tileloadd (%0,%1,1), %%tmm" #tile ::"r"(from), "r"((step)*int64_t{4}) : "memory")
#define NMSW_TILE_STORE(tile, to, step)                                                 \
  asm volatile("tilestored %%tmm" #tile ", (%0,%1,1)" ::"r"(to), "r"((step)*int64_t{4}) \
               : "memor"                                                                \
                 "y")
#define NMSW_TILE_PRODUCTS(weight, voxels, sum) \
  asm volatile("tdpbf16ps %%tmm" #voxels ", %%tmm" #weight ", %%tmm" #sum ::: "memory")

/// RAII: configures this thread's tile registers for a cut and releases them.
class ShapedTiles {
 public:
  explicit ShapedTiles(const TileCut& cut) {
    constexpr int64_t kBytes = sizeof(Bf16Pair);
    TileShapes shapes;
    for (int64_t tile = 0; tile < 8; ++tile) {
      const bool weights = tile == 4 || tile == 5, voxels = tile > 5;
      shapes.row_bytes[tile] = static_cast<uint16_t>(kBytes * (weights ? cut.depth : kLanes));
      shapes.rows[tile] = static_cast<uint8_t>(voxels ? cut.depth : cut.rows);
    }
    asm volatile("ldtilecfg %0" ::"m"(shapes) : "memory");
  }
  ~ShapedTiles() { asm volatile("tilerelease" ::: "memory"); }
  ShapedTiles(const ShapedTiles&) = delete;
  ShapedTiles& operator=(const ShapedTiles&) = delete;
};

/// Bytes of weights used at a time; they stay in L1 beside the voxels.
constexpr int64_t kCachedWeights = 20 * 1024;

/// Accumulates pieces first … last-1, a piece being one tap of one block of pairs. Starts from zero
/// if `first` is 0, else from what `out` holds. The tile registers must be configured for `cut`.
void sum_pieces(const TileSums& sums, const TileCut& cut, int64_t first, int64_t last) {
  float* const one = sums.out + cut.channel(0) * sums.out_channel;
  float* const other = sums.out + cut.channel(1) * sums.out_channel;
  for (int64_t at = 0; at < sums.length; at += kTileVoxels) {
    if (first == 0) {
      NMSW_TILE_ZERO(0);
      NMSW_TILE_ZERO(1);
      NMSW_TILE_ZERO(2);
      NMSW_TILE_ZERO(3);
    } else {
      NMSW_TILE_LOAD(0, one + at, sums.out_channel);
      NMSW_TILE_LOAD(1, one + at + kLanes, sums.out_channel);
      NMSW_TILE_LOAD(2, other + at, sums.out_channel);
      NMSW_TILE_LOAD(3, other + at + kLanes, sums.out_channel);
    }
    const Bf16Pair* weight = sums.weight + first * 2 * cut.tile_pairs();
    int64_t block = first / sums.tap_count, tap = first % sums.tap_count;
    const Bf16Pair* from = sums.source + cut.pair(block) * sums.plane + at;
    for (int64_t piece = first; piece < last; ++piece, weight += 2 * cut.tile_pairs()) {
      const Bf16Pair* voxels = from + sums.taps[tap];
      NMSW_TILE_LOAD(6, voxels, sums.plane);
      NMSW_TILE_LOAD(4, weight, kTilePairs);
      NMSW_TILE_PRODUCTS(4, 6, 0);
      NMSW_TILE_LOAD(5, weight + cut.tile_pairs(), kTilePairs);
      NMSW_TILE_PRODUCTS(5, 6, 2);
      NMSW_TILE_LOAD(7, voxels + kLanes, sums.plane);
      NMSW_TILE_PRODUCTS(4, 7, 1);
      NMSW_TILE_PRODUCTS(5, 7, 3);
      if (++tap == sums.tap_count && ++block < cut.blocks) {
        tap = 0;
        from = sums.source + cut.pair(block) * sums.plane + at;
      }
    }
    NMSW_TILE_STORE(0, one + at, sums.out_channel);
    NMSW_TILE_STORE(1, one + at + kLanes, sums.out_channel);
    NMSW_TILE_STORE(2, other + at, sums.out_channel);
    NMSW_TILE_STORE(3, other + at + kLanes, sums.out_channel);
  }
}

/// Some pieces at a time: their weights are used for all voxels before the next ones are read.
void sum_in_shape(const TileSums& sums, const TileCut& cut) {
  const int64_t all = cut.blocks * sums.tap_count;
  const int64_t piece_bytes = 2 * cut.tile_pairs() * static_cast<int64_t>(sizeof(Bf16Pair));
  const int64_t parts = sums.length > kTileVoxels ? ceil_div(all * piece_bytes, kCachedWeights) : 1;
  const int64_t together = ceil_div(all, std::max<int64_t>(parts, 1));
  for (int64_t first = 0; first < all; first += together) {
    sum_pieces(sums, cut, first, std::min(all, first + together));
  }
}

void sum_by_tiles(const TileSums& sums) {
  const TileCut cut(sums.channels, sums.pairs);
  const ShapedTiles shaped(cut);
  TileSums part = sums;
  for (int64_t i = 0; i < sums.times; ++i) {
    sum_in_shape(part, cut);
    part.weight += cut.packed_size(sums.tap_count);
    part.out += sums.channels * sums.out_channel;
  }
}

#endif

}  // namespace

void sum_tiles(const TileSums& sums) {
#if defined(__x86_64__) && defined(__linux__)
  if (has(Instructions::amx)) return sum_by_tiles(sums);
#endif
  sum_tiles_by_vectors(sums);
}

void sum_tiles_by_vectors(const TileSums& sums) { sum_any_vectors(sums); }

}  // namespace nmsw
