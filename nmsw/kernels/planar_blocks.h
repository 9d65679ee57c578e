#pragma once

#include "nmsw/kernels/planar_conv.h"
#include "nmsw/kernels/vector_math.h"

namespace nmsw {

// What the planar convolutions of stride 1 and 2 and the transposed one share. A block is a few
// planes of pairs of rows; how many, a kernel's own Cut says.

/// Rows that are filtered together.
inline constexpr int64_t kRowsOfPair = 2;

template <class Element, class Cut>
struct PlanarBlock {
  const PlanarConv<Element>& conv;
  Cut cut;
  int64_t z0, y0, pairs;  ///< of the smaller of its two grids
  Element* parts;
  float* sums;
  MomentSums* moments;  ///< [O] or null

  /// Rows that fill their vectors are summed one by one, others in one run with what lies between.
  bool apart() const { return cut.width % kLanes == 0; }
  int64_t runs() const { return apart() ? pairs : 1; }
  int64_t run_length() const { return (apart() ? 0 : (pairs - 1) * cut.pitch) + cut.width; }
};

/// How rows are shared out among blocks, as evenly as they go.
struct PairCut {
  int64_t all, pairs, high;
  /// Of so many rows, about `most` pairs a block.
  PairCut(int64_t rows, int64_t most)
      : all(in_units(rows, kRowsOfPair)),
        pairs(in_units(all, in_units(all, std::clamp<int64_t>(most, 1, all)))),
        high(in_units(all, pairs)) {}
};

/// Pairs whose rows, summed in one run, make two vectors at least; one where rows fill vectors.
inline int64_t pairs_of_vectors(int64_t width, int64_t pitch) {
  return width % kLanes == 0 ? 1 : in_units(2 * kLanes, pitch);
}

/// Calls convolve(block) for the blocks first … last-1.
template <class Cut, class Element, class Convolve>
void for_planar_blocks(const PlanarConv<Element>& conv, int64_t first, int64_t last, float* scratch,
                       Convolve convolve) {
  static_assert(sizeof(Element) == sizeof(float));
  const Cut cut(conv.shape);
  for (int64_t i = first; i < last; ++i) {
    const int64_t pair = i % cut.rows.high * cut.rows.pairs;
    convolve(PlanarBlock<Element, Cut>{
        conv, cut, i / cut.rows.high * Cut::kPlanes, pair * kRowsOfPair,
        std::min(cut.rows.pairs, cut.rows.all - pair), reinterpret_cast<Element*>(scratch),
        scratch + cut.input_floats(),
        conv.moments == nullptr ? nullptr : conv.moments + i * conv.shape.out_channels});
  }
}

/// Writes a vector of an output row, of which `left` voxels are there, at voxel `at` of channel o.
template <class Floats, class Element>
NMSW_INLINE void write_row_part(const PlanarConv<Element>& conv, int64_t o, int64_t at,
                                int64_t left, Floats& values, LaneMoments<Floats>* moments) {
  float* const to = conv.out + o * conv.out_step + (at - conv.out_begin);
  constexpr uintptr_t kStreamed = 16;
  if (conv.past_caches && left >= kNumbersIn<Floats> &&
      reinterpret_cast<uintptr_t>(to) % kStreamed == 0) {
    stream_lanes(values, to);
  } else {
    store_lanes(values, left, to);
  }
  if (conv.moments == nullptr) return;
  if (moments->count == 0) moments->shift = values[0];
  moments->add(values, left);
}

/// Some output channels of a block.
template <class Block>
struct PlanarChannels {
  const Block& block;
  int64_t first, count;
};

/// Writes them from their sums, by
/// Write::voxels(block, channel, y, x, sums, floats from one sum to the next, moments).
template <class Write, class Floats, class Block>
NMSW_INLINE void write_planar_channels(const PlanarChannels<Block>& channels) {
  const auto& [block, first, count] = channels;
  const int64_t run_floats = block.cut.run_floats();
  for (int64_t o = 0; o < count; ++o) {
    LaneMoments<Floats> found;
    for (int64_t pair = 0; pair < block.pairs; ++pair) {
      const float* sums = block.sums + o * run_floats + pair * block.cut.sum_pitch();
      for (int64_t x = 0; x < block.cut.sum_width(); x += kNumbersIn<Floats>) {
        Write::voxels(block, first + o, block.y0 + kRowsOfPair * pair, x, sums + x,
                      count * run_floats, &found);
      }
    }
    if (block.moments != nullptr) block.moments[first + o] = found.sums();
  }
}

}  // namespace nmsw
