#include "nmsw/kernels/point_tile.h"

#include <algorithm>

#include "nmsw/kernels/vector_math.h"

namespace nmsw {
namespace {

template <class Products, int64_t kCount, class Element>
NMSW_INLINE void expand_rows(const PointTile<Element>& tile, int64_t first) {
  constexpr int64_t kTogether = kChannelsOf<Element>;
  const int64_t elements = elements_of<Element>(tile.in);
  typename Products::Sums sums[kCount][kTileVectors<Products>];
  multiply_points<Products>(tile.expand + first * elements, tile.expand_bias + first, tile.values,
                            elements, sums);
  for (int64_t row = 0; row < kCount; row += kTogether) {
    for (int64_t v = 0; v < kTileVectors<Products>; ++v) {
      typename Products::Sums rows[kTogether] = {};
      for (int64_t i = 0; i < std::min(kTogether, kCount - row); ++i) {
        rows[i] = sums[row + i][v];
        gelu(rows[i]);
      }
      Products::store(rows, tile.hidden_values + (first + row) / kTogether * kPointTile +
                                v * kLanesOf<Products>);
    }
  }
}

template <class Products, int64_t kCount, class Element>
NMSW_INLINE void compress_rows(const PointTile<Element>& tile, int64_t first) {
  const bool direct = tile.hidden == 0;
  const int64_t elements = elements_of<Element>(direct ? tile.in : tile.hidden);
  typename Products::Sums sums[kCount][kTileVectors<Products>];
  multiply_points<Products>(tile.compress + first * elements, tile.compress_bias + first,
                            direct ? tile.values : tile.hidden_values, elements, sums);
  for (int64_t row = 0; row < kCount; ++row) {
    std::memcpy(tile.sums + (first + row) * kPointTile, sums[row], sizeof(sums[row]));
  }
}

template <class Products, class Element>
NMSW_INLINE void run_tile(const PointTile<Element>& tile) {
  int64_t row = 0;
  for (; row + kPointRows <= tile.hidden; row += kPointRows) {
    expand_rows<Products, kPointRows>(tile, row);
  }
  for (; row + 2 <= tile.hidden; row += 2) expand_rows<Products, 2>(tile, row);
  if (row < tile.hidden) expand_rows<Products, 1>(tile, row);
  for (row = 0; row + kPointRows <= tile.out; row += kPointRows) {
    compress_rows<Products, kPointRows>(tile, row);
  }
  for (; row + 2 <= tile.out; row += 2) compress_rows<Products, 2>(tile, row);
  if (row < tile.out) compress_rows<Products, 1>(tile, row);
}

NMSW_FOR_EVERY_WIDTH(run_any_tile, run_tile, PointTile)

}  // namespace

void run_point_tile(const PointTile<float>& tile) { run_any_tile(tile); }
void run_point_tile(const PointTile<Bf16Pair>& tile) { run_any_tile(tile); }

}  // namespace nmsw
