#pragma once

#include <algorithm>

#include "nmsw/kernels/conv/conv.h"
#include "nmsw/kernels/conv/write_rows.h"
#include "nmsw/kernels/simd/prefetch.h"

namespace nmsw {

// What the 3×3×3 convolutions on the same, a halved and a doubled grid share. A Grid supplies:
//   Cut<Element>   how a volume is divided into blocks of a few planes of some pairs of rows
//   kMost          output channels of a register block
//   kPacked, kSums transformed weights of a pair of channels and a tap along x, and sums of a pair
//                  of rows
//   kPlanes        output planes of a block
//   load(block)    Winograd's input transform
//   sum(...)       the products of one sum
//   write(...)     Winograd's output transform
//   Weights        finds the transformed weights, as pack_parts asks for them

/// Rows that Winograd's filtering along y makes together.
inline constexpr int64_t kRowsOfPair = 2;
/// Taps along x, and all of a weight.
inline constexpr int64_t kTapsAlongX = 3, kAllTaps = 27;

/// Position of a block in the smaller of its two grids. pairs = 0: there is no such block.
struct ConvPlace {
  int64_t z0 = 0, y0 = 0, pairs = 0;
};

template <class Element, class Cut>
struct ConvBlock {
  const ConvArgs<Element>& conv;
  Cut cut;
  ConvPlace place, next;  ///< of this block and of the next one
  Element* parts;         ///< transformed input
  float* sums;
  MomentSums* moments;  ///< [O] or null

  /// Whether each row is summed on its own, as rows that fill their vectors are; others are summed
  /// in one run, padding included.
  bool apart() const { return cut.width % kLanes == 0; }
  int64_t runs() const { return apart() ? place.pairs : 1; }
  int64_t run_length() const { return (apart() ? 0 : (place.pairs - 1) * cut.pitch) + cut.width; }
};

/// Divides rows into blocks as evenly as possible. all: pairs in total, pairs: of a block, high:
/// blocks.
struct PairCut {
  int64_t all, pairs, high;
  /// About `most` pairs a block.
  PairCut(int64_t rows, int64_t most)
      : all(ceil_div(rows, kRowsOfPair)),
        pairs(ceil_div(all, ceil_div(all, std::clamp<int64_t>(most, 1, all)))),
        high(ceil_div(all, pairs)) {}
};

/// Pairs that make a run of at least two vectors; 1 where rows fill vectors.
inline int64_t pairs_of_vectors(int64_t width, int64_t pitch) {
  return width % kLanes == 0 ? 1 : ceil_div(2 * kLanes, pitch);
}

/// Calls convolve(block) for the blocks first … last-1.
template <class Cut, class Element, class Convolve>
void for_conv_blocks(const ConvArgs<Element>& conv, int64_t first, int64_t last, float* scratch,
                     Convolve convolve) {
  static_assert(sizeof(Element) == sizeof(float));
  const Cut cut(conv.shape);
  const auto place_of = [&](int64_t i) -> ConvPlace {
    const int64_t pair = i % cut.rows.high * cut.rows.pairs;
    return {i / cut.rows.high * Cut::kPlanes, pair * kRowsOfPair,
            std::min(cut.rows.pairs, cut.rows.all - pair)};
  };
  for (int64_t i = first; i < last; ++i) {
    convolve(ConvBlock<Element, Cut>{
        conv, cut, place_of(i), i + 1 < last ? place_of(i + 1) : ConvPlace{},
        reinterpret_cast<Element*>(scratch), scratch + cut.input_floats(),
        conv.moments == nullptr ? nullptr : conv.moments + i * conv.shape.out_channels});
  }
}

/// Software prefetch while a block is summed: the output rows of the current channels, and the
/// input rows that the next block reads and this one did not. A Cut provides reads(place),
/// writes(place) and the output's extent out_dhw.
template <class Block>
class BlockPrefetch {
 public:
  BlockPrefetch(const Block& block, int64_t sums) : block_(block) {
    if (block.next.pairs == 0) return;
    RowBox box = block.cut.reads(block.next);
    if (block.next.z0 == block.place.z0) box.y0 = block.cut.reads(block.place).y1;
    reads_ = RowPrefetch(box, block.conv.shape.extent_dhw, block.conv.shape.in_channels, sums);
  }
  /// To be called before the `sums` sums of `count` output channels from `first` on.
  void begin(int64_t first, int64_t count, int64_t sums) {
    first_ = first;
    writes_ = RowPrefetch(block_.cut.writes(block_.place), block_.cut.out_dhw, count, sums);
  }
  void after_sum() {
    const auto& conv = block_.conv;
    reads_.step([&](int64_t channel) { return conv.in[channel].volume; });
    writes_.step([&](int64_t channel) {
      return conv.out + (first_ + channel) * conv.out_step - conv.out_begin;
    });
  }

 private:
  const Block& block_;
  int64_t first_ = 0;
  RowPrefetch reads_, writes_;
};

/// Some output channels of a block.
template <class Block>
struct ConvChannels {
  const Block& block;
  int64_t first, count;
};

/// Writes output channels from their sums, by Write::voxels(block, channel, y, x, sums, floats from
/// one sum to the next, moments).
template <class Write, class Floats, class Block>
NMSW_INLINE void write_conv_channels(const ConvChannels<Block>& channels) {
  const auto& [block, first, count] = channels;
  const int64_t run_floats = block.cut.run_floats();
  for (int64_t o = 0; o < count; ++o) {
    LaneMoments<Floats> found;
    for (int64_t pair = 0; pair < block.place.pairs; ++pair) {
      const float* sums = block.sums + o * run_floats + pair * block.cut.sum_pitch();
      for (int64_t x = 0; x < block.cut.sum_width(); x += kNumbersIn<Floats>) {
        Write::voxels(block, first + o, block.place.y0 + kRowsOfPair * pair, x, sums + x,
                      count * run_floats, &found);
      }
    }
    if (block.moments != nullptr) block.moments[first + o] = found.sums();
  }
}

/// Calls Grid::sum(block, weights, p, count) for its sums p of each block of output channels.
template <class Grid, class Element>
void convolve(const ConvBlock<Element, typename Grid::template Cut<Element>>& block) {
  using Block = ConvBlock<Element, typename Grid::template Cut<Element>>;
  Grid::load(block);
  const ChannelBlocks blocks(block.conv.shape.out_channels, Grid::kMost);
  const Element* weight = block.conv.weight;
  BlockPrefetch<Block> prefetch(block, blocks.count * Grid::kSums);
  for (int64_t b = 0, first = 0; b < blocks.count; first += blocks.size(b++)) {
    const int64_t count = blocks.size(b);
    prefetch.begin(first, count, Grid::kSums);
    for (int64_t p = 0; p < Grid::kSums; ++p) {
      Grid::sum(block, weight, p, count);
      prefetch.after_sum();
    }
    Grid::write(ConvChannels<Block>{block, first, count});
    weight += Grid::kPacked * kTapsAlongX * block.cut.elements * count;
  }
}

template <class Grid, class Element>
constexpr ConvKernel<Element> winograd_kernel() {
  using Cut = typename Grid::template Cut<Element>;
  ConvKernel<Element> kernel{};
  kernel.packed_size = [](int64_t in, int64_t out) {
    return Grid::kPacked * kTapsAlongX * elements_of<Element>(in) * out;
  };
  kernel.pack = [](const float* weight, int64_t in, int64_t out, Element* packed, PackShare share) {
    pack_parts<Grid::kMost, Grid::kPacked>(in, out, typename Grid::Weights{weight, in, out}, packed,
                                           share);
  };
  kernel.blocks = [](const ConvShape& shape) {
    const Cut cut(shape);
    return cut.deep * cut.rows.high;
  };
  kernel.planes = [](const ConvShape&) { return Grid::kPlanes; };
  kernel.scratch = [](const ConvShape& shape) {
    const Cut cut(shape);
    return cut.input_floats() + Grid::kSums * Grid::kMost * cut.run_floats();
  };
  kernel.run = [](const ConvArgs<Element>& conv, int64_t first, int64_t last, float* scratch) {
    for_conv_blocks<Cut>(conv, first, last, scratch, convolve<Grid, Element>);
  };
  return kernel;
}

}  // namespace nmsw
