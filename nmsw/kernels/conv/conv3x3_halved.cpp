#include "nmsw/kernels/conv/conv3x3_halved.h"

#include <algorithm>

#include "nmsw/kernels/conv/plane_blocks.h"
#include "nmsw/kernels/conv/row_sums.h"
#include "nmsw/kernels/conv/winograd_stride2.h"
#include "nmsw/kernels/simd/shuffle.h"
#include "nmsw/kernels/simd/vector_math.h"

namespace nmsw {
namespace {

using Filter = WinogradHalving;

/// Taps along x, and all.
constexpr int64_t kTaps = kSumTaps, kAllTaps = 27;
/// The transformed input, read again for every block of channels, should stay in L2.
constexpr int64_t kCachedFloats = 128 * 1024;

// A block is two planes of a few pairs of output rows. Its input is transformed first, even and odd
// columns apart: a part has two rows for each pair. Parts whose products go into the same sum are
// stored together, as if they were further channels.

/// Products and sums along z and y.
constexpr int64_t kProducts = kStride2Products * kStride2Products;
constexpr int64_t kSums = Filter::kSums * Filter::kSums;

/// Products in the order of the sums that they go into.
struct ProductOrder {
  int64_t begin[kSums + 1] = {};
  int64_t y[kProducts] = {}, z[kProducts] = {};
  int64_t place[kStride2Products][kStride2Products] = {};

  constexpr ProductOrder() {
    int64_t next = 0;
    for (int64_t sum = 0; sum < kSums; ++sum) {
      begin[sum] = next;
      const int64_t high = sum / Filter::kSums, deep = sum % Filter::kSums;
      for (int64_t j = Filter::kSumBegin[high]; j < Filter::kSumBegin[high + 1]; ++j) {
        for (int64_t k = Filter::kSumBegin[deep]; k < Filter::kSumBegin[deep + 1]; ++k) {
          y[next] = j;
          z[next] = k;
          place[j][k] = next++;
        }
      }
    }
    begin[kSums] = next;
  }
};
constexpr ProductOrder kOrder;

Int3 halved(const Int3& extent_dhw) {
  return {(extent_dhw[0] + 1) / 2, (extent_dhw[1] + 1) / 2, (extent_dhw[2] + 1) / 2};
}

/// How the output is divided into blocks, rows as evenly as possible.
template <class Element>
struct Cut {
  static constexpr int64_t kPlanes = Filter::kCoarse;
  Int3 out_dhw;
  int64_t elements, width, pitch;
  PairCut rows;
  int64_t deep, odd, plane;

  explicit Cut(const PlanarConvShape& shape)
      : out_dhw(halved(shape.extent_dhw)),
        elements(elements_of<Element>(shape.in_channels)),
        width(out_dhw[2]),
        pitch(width + 1),
        rows(out_dhw[1], std::max(kCachedFloats / (2 * kProducts * elements * pitch),
                                  pairs_of_vectors(width, pitch))),
        deep(ceil_div(out_dhw[0], kPlanes)),
        odd(rows.pairs * pitch + kLanes),
        plane(2 * odd) {}
  int64_t part_step() const { return elements * plane; }
  int64_t input_floats() const { return kProducts * part_step() + kSumTail; }
  int64_t run_floats() const { return rows.pairs * pitch + kSumTail; }
  int64_t sum_width() const { return width; }
  int64_t sum_pitch() const { return pitch; }
  RowBox reads(const PlanarPlace& at) const {
    const int64_t z = 2 * at.z0 - 1, y = 2 * at.y0 - 1;
    return {z, z + Filter::kInputs, y, y + 2 * kRowsOfPair * at.pairs + 1};
  }
  RowBox writes(const PlanarPlace& at) const {
    return {at.z0, at.z0 + kPlanes, at.y0, at.y0 + kRowsOfPair * at.pairs};
  }
};

/// Positions are the output's.
template <class Element>
using Block = PlanarBlock<Element, Cut<Element>>;
template <class Element>
using Channels = PlanarChannels<Block<Element>>;

/// Transforms along z two vectors of one channel, from `x` of row `y` on, into even and odd
/// columns; zeros outside the volume.
template <class Floats, class Element>
NMSW_INLINE void load_row(const Block<Element>& block, int64_t channel, int64_t y, int64_t x,
                          Floats (&parts)[2][kStride2Products]) {
  constexpr int64_t kWide = kNumbersIn<Floats>;
  const auto [depth, height, width] = block.conv.shape.extent_dhw;
  const bool exists = channel < block.conv.shape.in_channels && y >= 0 && y < height;
  const FusedChannel source = exists ? block.conv.in[channel] : FusedChannel{},
                     next = channel_after(block.conv, channel);
  const int64_t left = width - x;
  Floats planes[2][Filter::kInputs];
#pragma GCC unroll 5
  for (int64_t i = 0; i < Filter::kInputs; ++i) {
    planes[0][i] = planes[1][i] = Floats{};
    const int64_t z = 2 * block.place.z0 - 1 + i;
    if (!exists || z < 0 || z >= depth) continue;
    const int64_t at = (z * height + y) * width + x;
    prefetch_channel(next, at);
    prefetch_channel(next, at + kWide);
    Floats first, second{};
    if (left >= 2 * kWide) {
      load_vector(source, at, first);
      load_vector(source, at + kWide, second);
    } else {
      load_channel(source, at, left, first);
      if (left > kWide) load_channel(source, at + kWide, left - kWide, second);
      // Padding is zero after the deferred norm.
      clear_lanes(left, first);
      clear_lanes(left - kWide, second);
    }
    deinterleave(first, second, planes[0][i], planes[1][i]);
  }
  Filter::transform_input(planes[0], parts[0]);
  Filter::transform_input(planes[1], parts[1]);
}

/// Transforms and stores a vector of every row and part, from output column `x` on: even columns,
/// and odd ones, which begin one column earlier.
template <class Products, class Element>
NMSW_INLINE void load_columns(const Block<Element>& block, int64_t element, int64_t x) {
  using Floats = typename Products::Sums;
  constexpr int64_t kTogether = kChannelsOf<Element>, kRows = Filter::kInputs;
  Element* row = block.parts + element * block.cut.plane + x;
  Floats rows[kRows][kTogether][2][kStride2Products];
  for (int64_t i = 0; i < kTogether; ++i) {
    load_row(block, element * kTogether + i, 2 * block.place.y0 - 1, 2 * x, rows[kRows - 1][i]);
  }
  for (int64_t pair = 0; pair < block.place.pairs; ++pair, row += block.cut.pitch) {
    const int64_t y = 2 * (block.place.y0 + Filter::kCoarse * pair) - 1;
    std::memcpy(&rows[0], &rows[kRows - 1], sizeof(rows[0]));
    for (int64_t j = 1; j < kRows; ++j) {
      for (int64_t i = 0; i < kTogether; ++i) {
        load_row(block, element * kTogether + i, y + j, 2 * x, rows[j][i]);
      }
    }
    for (int64_t parity = 0; parity < 2; ++parity) {
#pragma GCC unroll 5
      for (int64_t k = 0; k < kStride2Products; ++k) {
        Floats parts[kTogether][kStride2Products];
#pragma GCC unroll 2
        for (int64_t i = 0; i < kTogether; ++i) {
          const Floats high[kRows] = {rows[0][i][parity][k], rows[1][i][parity][k],
                                      rows[2][i][parity][k], rows[3][i][parity][k],
                                      rows[4][i][parity][k]};
          Filter::transform_input(high, parts[i]);
        }
#pragma GCC unroll 5
        for (int64_t j = 0; j < kStride2Products; ++j) {
          Floats channels[kTogether];
          for (int64_t i = 0; i < kTogether; ++i) channels[i] = parts[i][j];
          Products::store(channels, row + kOrder.place[j][k] * block.cut.part_step() +
                                        parity * (block.cut.odd + 1));
        }
      }
    }
  }
}

/// From the last columns to the first: what they write beyond the end of a row is overwritten.
template <class Products, class Element>
NMSW_INLINE void load_block(const Block<Element>& block) {
  constexpr int64_t kWide = kLanesOf<Products>;
  for (int64_t element = 0; element < block.cut.elements; ++element) {
    const int64_t width = block.cut.out_dhw[2];
    for (int64_t x = (width - 1) / kWide * kWide; x >= 0; x -= kWide) {
      load_columns<Products>(block, element, x);
    }
    for (int64_t part = 0; part < kProducts; ++part) {
      Element* odd =
          block.parts + part * block.cut.part_step() + element * block.cut.plane + block.cut.odd;
      for (int64_t pair = 0; pair < block.place.pairs; ++pair)
        odd[pair * block.cut.pitch] = Element{};
    }
  }
}

/// Output transform: a vector of output channel `o` in every plane and row of a pair, from its
/// sums, `sum_step` floats apart.
struct Write {
  template <class Floats, class Element>
  NMSW_INLINE static void voxels(const Block<Element>& block, int64_t o, int64_t y, int64_t x,
                                 const float* sums, int64_t sum_step,
                                 LaneMoments<Floats>* moments) {
    const auto [depth, height, width] = block.cut.out_dhw;
    const float bias = block.conv.bias == nullptr ? 0.0F : block.conv.bias[o];
    Floats planes[Filter::kSums][Filter::kCoarse];
#pragma GCC unroll 3
    for (int64_t j = 0; j < Filter::kSums; ++j) {
      Floats deep[Filter::kSums];
#pragma GCC unroll 3
      for (int64_t k = 0; k < Filter::kSums; ++k, sums += sum_step) {
        std::memcpy(&deep[k], sums, sizeof(deep[k]));
      }
      Filter::transform_output(deep, planes[j]);
    }
#pragma GCC unroll 2
    for (int64_t i = 0; i < Filter::kCoarse; ++i) {
      if (block.place.z0 + i >= depth) break;
      const Floats high[Filter::kSums] = {planes[0][i], planes[1][i], planes[2][i]};
      Floats values[Filter::kCoarse];
      Filter::transform_output(high, values);
#pragma GCC unroll 2
      for (int64_t j = 0; j < Filter::kCoarse; ++j) {
        if (y + j >= height) break;
        values[j] += bias;
        write_row_part(block.conv, o, ((block.place.z0 + i) * height + y + j) * width + x,
                       width - x, values[j], moments);
      }
    }
  }
};

template <class Products, class Element>
NMSW_INLINE void write_channels(const Channels<Element>& channels) {
  write_planar_channels<Write, typename Products::Sums>(channels);
}

NMSW_FOR_EVERY_WIDTH(load_any_block, load_block, Block)
NMSW_FOR_EVERY_WIDTH(write_any_channels, write_channels, Channels)

/// Taps along x: the even column, then the odd ones before and behind it.
template <class Element>
void pack(const float* weight, int64_t in, int64_t out, Element* packed, PackShare share) {
  constexpr int64_t kTapOf[kTaps] = {1, 0, 2};
  const auto find = [&](int64_t o, int64_t c, int64_t tap, float(&parts)[kProducts]) {
    float found[kStride2Weights * kStride2Weights];
    stride2_weights(weight + (o * in + c) * kAllTaps + kTapOf[tap], found);
    for (int64_t p = 0; p < kProducts; ++p) {
      const int64_t j = Filter::kWeightOf[kOrder.y[p]], k = Filter::kWeightOf[kOrder.z[p]];
      parts[p] = found[j * kStride2Weights + k];
    }
  };
  pack_parts<kMostSummed, kProducts>(in, out, find, packed, share);
}

template <class Element>
void convolve(const Block<Element>& block) {
  const ChannelBlocks blocks(block.conv.shape.out_channels, kMostSummed);
  const int64_t elements = block.cut.elements, run_floats = block.cut.run_floats();
  load_any_block(block);
  const Element* weight = block.conv.weight;
  BlockPrefetch<Block<Element>> prefetch(block, blocks.count * kSums);
  for (int64_t b = 0, first = 0; b < blocks.count; first += blocks.size(b++)) {
    const int64_t count = blocks.size(b);
    prefetch.begin(first, count, kSums);
    for (int64_t sum = 0; sum < kSums; ++sum) {
      const int64_t begin = kOrder.begin[sum], products = kOrder.begin[sum + 1] - begin;
      PlanarRuns<Element> runs{block.parts + begin * block.cut.part_step(),
                               weight,
                               products * elements,
                               block.cut.plane,
                               block.runs(),
                               block.cut.pitch,
                               block.run_length(),
                               count,
                               block.sums + sum * count * run_floats,
                               run_floats};
      runs.taps[1] = block.cut.odd;
      runs.taps[2] = block.cut.odd + 1;
      sum_planar_runs(runs);
      weight += products * elements * kTaps * count;
      prefetch.after_sum();
    }
    write_any_channels(Channels<Element>{block, first, count});
  }
}

}  // namespace

template <class Element>
int64_t packed_conv_strided_size(int64_t in, int64_t out) {
  return kProducts * kTaps * elements_of<Element>(in) * out;
}

template <class Element>
void pack_conv_strided_weight(const float* weight, int64_t in, int64_t out, Element* packed,
                              PackShare share) {
  pack(weight, in, out, packed, share);
}

template <class Element>
int64_t planar_conv_strided_blocks(const PlanarConvShape& shape) {
  const Cut<Element> cut(shape);
  return cut.deep * cut.rows.high;
}

template <class Element>
int64_t planar_conv_strided_scratch(const PlanarConvShape& shape) {
  const Cut<Element> cut(shape);
  return cut.input_floats() + kSums * kMostSummed * cut.run_floats();
}

template <class Element>
void planar_conv_strided(const PlanarConv<Element>& conv, int64_t first, int64_t last,
                         float* scratch) {
  for_planar_blocks<Cut<Element>>(conv, first, last, scratch, convolve<Element>);
}

#define NMSW_PLANAR_CONV_STRIDED_OF(Element)                                                \
  template int64_t packed_conv_strided_size<Element>(int64_t, int64_t);                     \
  template void pack_conv_strided_weight<Element>(const float*, int64_t, int64_t, Element*, \
                                                  PackShare);                               \
  template int64_t planar_conv_strided_blocks<Element>(const PlanarConvShape&);             \
  template int64_t planar_conv_strided_scratch<Element>(const PlanarConvShape&);            \
  template void planar_conv_strided<Element>(const PlanarConv<Element>&, int64_t, int64_t, float*);
NMSW_PLANAR_CONV_STRIDED_OF(float)
NMSW_PLANAR_CONV_STRIDED_OF(Bf16Pair)
#undef NMSW_PLANAR_CONV_STRIDED_OF

}  // namespace nmsw
