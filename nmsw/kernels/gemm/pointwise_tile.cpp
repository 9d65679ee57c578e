#include "nmsw/kernels/gemm/pointwise_tile.h"

#include <algorithm>

#include "nmsw/kernels/gemm/amx_tiles.h"
#include "nmsw/kernels/gemm/gelu.h"
#include "nmsw/kernels/gemm/inner_product_pairs.h"

namespace nmsw {
namespace {

/// GELU of kCount hidden channels, stored as elements.
template <class Products, int64_t kCount, int64_t kVectors>
NMSW_INLINE void activate_rows(const typename Products::Sums (&sums)[kCount][kVectors],
                               typename Products::Element* to) {
  constexpr int64_t kTogether = kChannelsOf<typename Products::Element>;
#pragma GCC unroll 6
  for (int64_t row = 0; row < kCount; row += kTogether) {
#pragma GCC unroll 4
    for (int64_t v = 0; v < kVectors; ++v) {
      typename Products::Sums rows[kTogether] = {};
      for (int64_t i = 0; i < std::min(kTogether, kCount - row); ++i) {
        rows[i] = sums[row + i][v];
        kTogether == 1 ? gelu(rows[i]) : rough_gelu(rows[i]);
      }
      Products::store(rows, to + row / kTogether * kPointTile + v * kLanesOf<Products>);
    }
  }
}

/// Rows policy by plain FMAs: products with one tile of values.
template <class P>
class PlainRows {
 public:
  using Products = P;
  using Element = typename P::Element;
  static constexpr int64_t kTogether = kPointRows;

  NMSW_INLINE PlainRows(const Element* values, int64_t channels)
      : values_(values), elements_(elements_of<Element>(channels)) {}
  static int64_t row_size(int64_t channels) { return elements_of<Element>(channels); }

  template <int64_t kCount, class Finish>
  NMSW_INLINE void multiply(const Element* weight, const float* bias, Finish finish) const {
    multiply_points<Products, kCount>(weight, bias, values_, elements_, finish);
  }

 private:
  const Element* values_;
  int64_t elements_;
};

template <int64_t kCount, class Rows, class Element>
NMSW_INLINE void expand_rows(const PointwiseTile<Element>& tile, const Rows& rows, int64_t first) {
  Element* const to = tile.hidden_values + first / kChannelsOf<Element> * kPointTile;
  rows.template multiply<kCount>(
      tile.expand + first * Rows::row_size(tile.in), tile.expand_bias + first,
      [&](int64_t lane, const auto& sums)
          NMSW_INLINED { activate_rows<typename Rows::Products>(sums, to + lane); });
}

template <int64_t kCount, class Rows, class Element>
NMSW_INLINE void compress_rows(const PointwiseTile<Element>& tile, const Rows& rows,
                               int64_t first) {
  const int64_t in = tile.hidden == 0 ? tile.in : tile.hidden;
  rows.template multiply<kCount>(
      tile.compress + first * Rows::row_size(in), tile.compress_bias + first,
      [&](int64_t lane, const auto& sums)
          NMSW_INLINED { store_sums(sums, kPointTile, tile.sums + first * kPointTile + lane); });
}

/// Rows is a policy that is constructed from a tile of values and their number of channels.
template <class Rows, class Element>
NMSW_INLINE void run_rows(const PointwiseTile<Element>& tile) {
  constexpr int64_t kTogether = Rows::kTogether;
  const int64_t times = std::max<int64_t>(1, (tile.hidden + tile.out) / kTogether);
  TilePrefetch values(tile.next_values, times), target(tile.target, times);
  const bool direct = tile.hidden == 0;
  if (!direct) {
    const Rows rows(tile.values, tile.in);
    int64_t row = 0;
    for (; row + kTogether <= tile.hidden; row += kTogether) {
      expand_rows<kTogether>(tile, rows, row);
      values.step();
      target.step();
    }
    for (; row + 2 <= tile.hidden; row += 2) expand_rows<2>(tile, rows, row);
    if (row < tile.hidden) expand_rows<1>(tile, rows, row);
  }
  const Rows rows(direct ? tile.values : tile.hidden_values, direct ? tile.in : tile.hidden);
  int64_t row = 0;
  for (; row + kTogether <= tile.out; row += kTogether) {
    compress_rows<kTogether>(tile, rows, row);
    values.step();
    target.step();
  }
  for (; row + 2 <= tile.out; row += 2) compress_rows<2>(tile, rows, row);
  if (row < tile.out) compress_rows<1>(tile, rows, row);
}

template <class Products, class Element>
NMSW_INLINE void run_tile(const PointwiseTile<Element>& tile) {
  run_rows<PlainRows<Products>>(tile);
}

template <class Floats>
NMSW_INLINE void run_paired_tile(const PointwiseTile<float>& tile) {
  run_rows<PairedRows<Floats>>(tile);
}

NMSW_BY_WIDTH(run_any_paired_tile, run_paired_tile, (const PointwiseTile<float>& tile), (tile))
NMSW_FOR_EVERY_WIDTH(run_any_tile, run_tile, PointwiseTile)

/// Sums of some hidden channels, before bias and GELU.
template <class Element>
struct HiddenSums {
  const PointwiseTile<Element>& tile;
  int64_t first, count;
  const float* sums;
};

template <class Products, class Element>
NMSW_INLINE void activate(const HiddenSums<Element>& hidden) {
  using Floats = typename Products::Sums;
  const PointwiseTile<Element>& tile = hidden.tile;
  for (int64_t o = 0; o < hidden.count; o += 2) {
    for (int64_t at = 0; at < kPointTile; at += kNumbersIn<Floats>) {
      Floats both[2] = {};
#pragma GCC unroll 2
      for (int64_t i = 0; i < 2; ++i) {
        if (o + i >= hidden.count) break;
        std::memcpy(&both[i], hidden.sums + (o + i) * kPointTile + at, sizeof(both[i]));
        both[i] += tile.expand_bias[hidden.first + o + i];
        rough_gelu(both[i]);
      }
      Products::store(both, tile.hidden_values + (hidden.first + o) / 2 * kPointTile + at);
    }
  }
}

template <class Products, class Element>
NMSW_INLINE void add_bias(const PointwiseTile<Element>& tile) {
  using Floats = typename Products::Sums;
  for (int64_t o = 0; o < tile.out; ++o) {
    for (int64_t at = 0; at < kPointTile; at += kNumbersIn<Floats>) {
      Floats sums;
      std::memcpy(&sums, tile.sums + o * kPointTile + at, sizeof(sums));
      sums += tile.compress_bias[o];
      std::memcpy(tile.sums + o * kPointTile + at, &sums, sizeof(sums));
    }
  }
}

NMSW_PAIRS_FOR_EVERY_WIDTH(activate_any, activate, HiddenSums)
NMSW_PAIRS_FOR_EVERY_WIDTH(add_any_bias, add_bias, PointwiseTile)

/// Divides a matrix into blocks of kTileChannels rows: each(first row, count, offset of their
/// packed weights). Returns the packed size.
template <class Each>
int64_t for_matrix_rows(int64_t in, int64_t out, Each each) {
  int64_t packed = 0;
  for (int64_t first = 0; first < out; first += kTileChannels) {
    const int64_t count = std::min(kTileChannels, out - first);
    each(first, count, packed);
    packed += TileCut(count, elements_of<Bf16Pair>(in)).packed_size(1);
  }
  return packed;
}

}  // namespace

int64_t packed_matrix_size(int64_t in, int64_t out) {
  return for_matrix_rows(in, out, [](int64_t, int64_t, int64_t) {});
}

void pack_matrix_weight(const float* weight, int64_t in, int64_t out, Bf16Pair* packed) {
  for_matrix_rows(in, out, [&](int64_t first, int64_t count, int64_t begin) {
    const auto find = [&](int64_t o, int64_t, int64_t c) { return weight[(first + o) * in + c]; };
    pack_tiles(count, in, 1, find, packed + begin);
  });
}

void run_point_tile_by_matrix(const PointwiseTile<Bf16Pair>& tile) {
  static constexpr int64_t kTap = 0;
  const auto sum = [](const Bf16Pair* values, int64_t in, const Bf16Pair* weight, int64_t count,
                      float* to) {
    sum_tiles({count, elements_of<Bf16Pair>(in), values, kPointTile, weight, &kTap, 1, kPointTile,
               to, kPointTile});
  };
  for_matrix_rows(tile.in, tile.hidden, [&](int64_t first, int64_t count, int64_t begin) {
    float sums[kTileChannels * kPointTile];
    sum(tile.values, tile.in, tile.expand + begin, count, sums);
    activate_any(HiddenSums<Bf16Pair>{tile, first, count, sums});
  });
  const bool direct = tile.hidden == 0;
  const int64_t in = direct ? tile.in : tile.hidden;
  for_matrix_rows(in, tile.out, [&](int64_t first, int64_t count, int64_t begin) {
    sum(direct ? tile.values : tile.hidden_values, in, tile.compress + begin, count,
        tile.sums + first * kPointTile);
  });
  add_any_bias(tile);
}

void run_point_tile_by_additions(const PointwiseTile<float>& tile) { run_any_paired_tile(tile); }

namespace {

template <class Element>
struct TileFunctions {
  int64_t (*packed_size)(int64_t in, int64_t out);
  void (*pack)(const float* weight, int64_t in, int64_t out, Element* packed);
  void (*run)(const PointwiseTile<Element>& tile);
};

template <class Element>
int64_t plain_size(int64_t in, int64_t out) {
  return elements_of<Element>(in) * out;
}

int64_t paired_size(int64_t in, int64_t out) { return (in + kPairedHeads) * out; }

constexpr KernelVersion<TileFunctions<float>> kFloatVersions[] = {
    {Instructions::amd_additions, {paired_size, pack_paired_weight, run_point_tile_by_additions}},
    {Instructions::any, {plain_size<float>, pack_pointwise_weight, run_any_tile}}};
constexpr KernelVersion<TileFunctions<Bf16Pair>> kBf16Versions[] = {
    {Instructions::amx, {packed_matrix_size, pack_matrix_weight, run_point_tile_by_matrix}},
    {Instructions::any, {plain_size<Bf16Pair>, pack_pointwise_weight, run_any_tile}}};

template <class Element>
const TileFunctions<Element>& best() {
  if constexpr (kChannelsOf<Element> == 2) {
    return best_version(kBf16Versions);
  } else {
    return best_version(kFloatVersions);
  }
}

}  // namespace

void run_point_tile(const PointwiseTile<float>& tile) { best<float>().run(tile); }
void run_point_tile(const PointwiseTile<Bf16Pair>& tile) { best<Bf16Pair>().run(tile); }

template <class Element>
int64_t packed_point_tile_size(int64_t in, int64_t out) {
  return best<Element>().packed_size(in, out);
}

template <class Element>
void pack_point_tile_weight(const float* weight, int64_t in, int64_t out, Element* packed) {
  best<Element>().pack(weight, in, out, packed);
}

template int64_t packed_point_tile_size<float>(int64_t, int64_t);
template int64_t packed_point_tile_size<Bf16Pair>(int64_t, int64_t);
template void pack_point_tile_weight<float>(const float*, int64_t, int64_t, float*);
template void pack_point_tile_weight<Bf16Pair>(const float*, int64_t, int64_t, Bf16Pair*);

}  // namespace nmsw
