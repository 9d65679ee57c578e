#include "nmsw/kernels/conv/conv3x3_doubled.h"

#include <algorithm>

#include "nmsw/kernels/conv/plane_blocks.h"
#include "nmsw/kernels/conv/winograd_stride2.h"
#include "nmsw/kernels/simd/shuffle.h"
#include "nmsw/kernels/simd/vector_math.h"

namespace nmsw {
namespace {

/// Taps along x, and all.
constexpr int64_t kTaps = 3, kAllTaps = 27;
/// Register block: output channels, and vectors of each at even and at odd x.
constexpr int64_t kOut = 5;
constexpr int64_t kVectors = 2;
/// The transformed input, read again for every block of channels, should stay in L2.
constexpr int64_t kCachedFloats = 112 * 1024;

// A block is two planes of a few pairs of rows. Its input is transformed first: a part has one row
// for each pair. Rows follow each other with a zero between them.

/// Transformed inputs, transformed weights and products, along z and y together.
constexpr int64_t kParts = WinogradDoubling::kParts * WinogradDoubling::kParts;
constexpr int64_t kWeights = kStride2Weights * kStride2Weights;
constexpr int64_t kProducts = kStride2Products * kStride2Products;

/// How a volume is divided into blocks, rows as evenly as possible.
template <class Element>
struct Cut {
  static constexpr int64_t kPlanes = WinogradDoubling::kCoarse;
  Int3 out_dhw;
  int64_t elements, width, pitch;
  PairCut rows;
  int64_t deep, plane;

  explicit Cut(const PlanarConvShape& shape)
      : out_dhw{2 * shape.extent_dhw[0], 2 * shape.extent_dhw[1], 2 * shape.extent_dhw[2]},
        elements(elements_of<Element>(shape.in_channels)),
        width(shape.extent_dhw[2]),
        pitch(width + 1),
        rows(shape.extent_dhw[1],
             std::max(kCachedFloats / (kParts * elements * pitch), pairs_of_vectors(width, pitch))),
        deep(ceil_div(shape.extent_dhw[0], kPlanes)),
        plane(rows.pairs * pitch + kLanes) {}
  int64_t part_step() const { return elements * plane; }
  int64_t input_floats() const { return kParts * part_step() + kVectors * kLanes + 1; }
  int64_t run_floats() const { return 2 * (rows.pairs * pitch + kVectors * kLanes); }
  int64_t sum_width() const { return 2 * width; }
  int64_t sum_pitch() const { return 2 * pitch; }
  RowBox reads(const PlanarPlace& at) const {
    return {at.z0, at.z0 + kPlanes + 1, at.y0, at.y0 + kRowsOfPair * at.pairs + 1};
  }
  RowBox writes(const PlanarPlace& at) const {
    const int64_t z = 2 * at.z0, y = 2 * at.y0;
    return {z, z + 2 * kPlanes, y, y + 2 * kRowsOfPair * at.pairs};
  }
};

/// Positions are the input's.
template <class Element>
using Block = PlanarBlock<Element, Cut<Element>>;
template <class Element>
using Channels = PlanarChannels<Block<Element>>;

/// Transforms along z a vector of one channel, from `x` of row `y` on; zeros outside the volume.
template <class Floats, class Element>
NMSW_INLINE void load_row(const Block<Element>& block, int64_t channel, int64_t y, int64_t x,
                          Floats (&parts)[WinogradDoubling::kParts]) {
  const auto [depth, height, width] = block.conv.shape.extent_dhw;
  const bool exists = channel < block.conv.shape.in_channels && y < height;
  const FusedChannel source = exists ? block.conv.in[channel] : FusedChannel{},
                     next = channel_after(block.conv, channel);
  const bool whole = x + kNumbersIn<Floats> <= width;
  Floats planes[WinogradDoubling::kInputs];
#pragma GCC unroll 3
  for (int64_t i = 0; i < WinogradDoubling::kInputs; ++i) {
    planes[i] = Floats{};
    const int64_t z = block.place.z0 + i;
    if (exists && z < depth) {
      const int64_t at = (z * height + y) * width + x;
      whole ? load_vector(source, at, planes[i]) : load_channel(source, at, width - x, planes[i]);
      prefetch_channel(next, at);
    }
  }
  WinogradDoubling::transform_input(planes, parts);
}

/// Transforms and stores a vector of every row and part, from column `x` on.
template <class Products, class Element>
NMSW_INLINE void load_columns(const Block<Element>& block, int64_t element, int64_t x) {
  using Floats = typename Products::Sums;
  constexpr int64_t kTogether = kChannelsOf<Element>, kDeep = WinogradDoubling::kParts,
                    kRows = WinogradDoubling::kInputs;
  Element* row = block.parts + element * block.cut.plane + x;
  Floats rows[kTogether][kRows][kDeep];
  for (int64_t i = 0; i < kTogether; ++i) {
    load_row(block, element * kTogether + i, block.place.y0, x, rows[i][kRows - 1]);
  }
  for (int64_t pair = 0; pair < block.place.pairs; ++pair, row += block.cut.pitch) {
    const int64_t y = block.place.y0 + WinogradDoubling::kCoarse * pair;
#pragma GCC unroll 2
    for (int64_t i = 0; i < kTogether; ++i) {
#pragma GCC unroll 4
      for (int64_t k = 0; k < kDeep; ++k) rows[i][0][k] = rows[i][kRows - 1][k];
#pragma GCC unroll 2
      for (int64_t j = 1; j < kRows; ++j) {
        load_row(block, element * kTogether + i, y + j, x, rows[i][j]);
      }
    }
#pragma GCC unroll 4
    for (int64_t k = 0; k < kDeep; ++k) {
      Floats parts[kTogether][WinogradDoubling::kParts];
#pragma GCC unroll 2
      for (int64_t i = 0; i < kTogether; ++i) {
        const Floats high[kRows] = {rows[i][0][k], rows[i][1][k], rows[i][2][k]};
        WinogradDoubling::transform_input(high, parts[i]);
      }
#pragma GCC unroll 4
      for (int64_t j = 0; j < WinogradDoubling::kParts; ++j) {
        Floats channels[kTogether];
        for (int64_t i = 0; i < kTogether; ++i) channels[i] = parts[i][j];
        Products::store(channels, row + (j * kDeep + k) * block.cut.part_step());
      }
    }
  }
}

/// From the last columns to the first: what they write beyond the end of a row is overwritten.
template <class Products, class Element>
NMSW_INLINE void load_block(const Block<Element>& block) {
  constexpr int64_t kWide = kLanesOf<Products>;
  const int64_t width = block.conv.shape.extent_dhw[2];
  for (int64_t element = 0; element < block.cut.elements; ++element) {
    for (int64_t x = (width - 1) / kWide * kWide; x >= 0; x -= kWide) {
      load_columns<Products>(block, element, x);
    }
    for (int64_t part = 0; part < kParts; ++part) {
      Element* end = block.parts + part * block.cut.part_step() + element * block.cut.plane + width;
      for (int64_t pair = 0; pair < block.place.pairs; ++pair)
        end[pair * block.cut.pitch] = Element{};
    }
  }
}

/// The sums over channels of one product; fields as in PlanarRuns.
template <class Element>
struct TransposedRun {
  const Element* source;
  const Element* weight;
  int64_t elements, plane;
  int64_t count, step, length;
  int64_t channels;
  float* out;
  int64_t out_channel;
};

/// Register block: sums of kCount channels at even and odd x, from the source voxel `at` on.
template <class Products, int64_t kCount, int64_t kLong, class Element>
NMSW_INLINE void sum_pair(const TransposedRun<Element>& run, int64_t at) {
  using Sums = typename Products::Sums;
  constexpr int64_t kWide = kLanesOf<Products>;
  Sums even[kCount][kLong], odd[kCount][kLong];
  clear_sums(even);
  clear_sums(odd);
  const Element* weight = run.weight;
  const Element* from = run.source + at;
  for (int64_t c = 0; c < run.elements; ++c, from += run.plane, weight += kTaps * kCount) {
    typename Products::Vector here[kLong], next[kLong];
#pragma GCC unroll 2
    for (int64_t v = 0; v < kLong; ++v) {
      std::memcpy(&here[v], from + v * kWide, sizeof(here[v]));
      std::memcpy(&next[v], from + v * kWide + 1, sizeof(next[v]));
    }
#pragma GCC unroll 5
    for (int64_t o = 0; o < kCount; ++o) {
#pragma GCC unroll 2
      for (int64_t v = 0; v < kLong; ++v) {
        Products::add(weight[o], here[v], even[o][v]);
        Products::add(weight[kCount + o], next[v], odd[o][v]);
        Products::add(weight[2 * kCount + o], here[v], odd[o][v]);
      }
    }
  }
  for (int64_t o = 0; o < kCount; ++o) {
    for (int64_t v = 0; v < kLong; ++v) {
      Sums turns[2];
      interleave(even[o][v], odd[o][v], turns);
      float* to = run.out + o * run.out_channel + 2 * (at + v * kWide);
      std::memcpy(to, &turns[0], sizeof(Sums));
      std::memcpy(to + kWide, &turns[1], sizeof(Sums));
    }
  }
}

template <class Products, int64_t kCount, class Element>
NMSW_INLINE void sum_run(const TransposedRun<Element>& run) {
  constexpr int64_t kLong = kLanesOf<Products> == kLanes ? kVectors : 1;
  for (int64_t first = 0; first < run.count * run.step; first += run.step) {
    const int64_t end = first + run.length;
    int64_t at = first;
    for (; at + (kLong - 1) * kLanesOf<Products> < end; at += kLong * kLanesOf<Products>) {
      sum_pair<Products, kCount, kLong>(run, at);
    }
    if (at < end) sum_pair<Products, kCount, 1>(run, at);
  }
}

template <class Products, class Element>
NMSW_INLINE void sum_channels(const TransposedRun<Element>& run) {
  switch (run.channels) {
    case 1:
      return sum_run<Products, 1>(run);
    case 2:
      return sum_run<Products, 2>(run);
    case 3:
      return sum_run<Products, 3>(run);
    case 4:
      return sum_run<Products, 4>(run);
    default:
      return sum_run<Products, kOut>(run);
  }
}

NMSW_FOR_EVERY_WIDTH(sum_run_of, sum_channels, TransposedRun)

/// Output transform: a vector of output channel `o` in every plane and row of a pair, from the sums
/// of its products, `product_step` floats apart; `x` is the output's.
struct Write {
  template <class Floats, class Element>
  NMSW_INLINE static void voxels(const Block<Element>& block, int64_t o, int64_t y, int64_t x,
                                 const float* sums, int64_t product_step,
                                 LaneMoments<Floats>* moments) {
    using Filter = WinogradDoubling;
    const auto [depth, height, width] = block.conv.shape.extent_dhw;
    const float bias = block.conv.bias == nullptr ? 0.0F : block.conv.bias[o];
    Floats planes[kStride2Products][Filter::kFine];
#pragma GCC unroll 5
    for (int64_t j = 0; j < kStride2Products; ++j) {
      Floats products[kStride2Products];
#pragma GCC unroll 5
      for (int64_t k = 0; k < kStride2Products; ++k, sums += product_step) {
        std::memcpy(&products[k], sums, sizeof(products[k]));
      }
      Filter::transform_output(products, planes[j]);
    }
#pragma GCC unroll 4
    for (int64_t i = 0; i < Filter::kFine; ++i) {
      if (2 * block.place.z0 + i >= 2 * depth) break;
      Floats products[kStride2Products], values[Filter::kFine];
#pragma GCC unroll 5
      for (int64_t j = 0; j < kStride2Products; ++j) products[j] = planes[j][i];
      Filter::transform_output(products, values);
      const int64_t plane = (2 * block.place.z0 + i) * 4 * height * width + x;
#pragma GCC unroll 4
      for (int64_t j = 0; j < Filter::kFine; ++j) {
        if (2 * y + j >= 2 * height) break;
        values[j] += bias;
        write_row_part(block.conv, o, plane + (2 * y + j) * 2 * width, 2 * width - x, values[j],
                       moments);
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

/// Taps along x: even x, then odd x with the next voxel and with the voxel itself.
template <class Element>
void pack(const float* weight, int64_t in, int64_t out, Element* packed, PackShare share) {
  constexpr int64_t kTapOf[kTaps] = {1, 0, 2};
  const auto find = [&](int64_t o, int64_t c, int64_t tap, float(&parts)[kWeights]) {
    stride2_weights(weight + (c * out + o) * kAllTaps + kTapOf[tap], parts);
  };
  pack_parts<kOut, kWeights>(in, out, find, packed, share);
}

template <class Element>
void convolve(const Block<Element>& block) {
  using Filter = WinogradDoubling;
  const ChannelBlocks blocks(block.conv.shape.out_channels, kOut);
  const int64_t run_floats = block.cut.run_floats(), elements = block.cut.elements;
  load_any_block(block);
  const Element* weight = block.conv.weight;
  BlockPrefetch<Block<Element>> prefetch(block, blocks.count * kProducts);
  for (int64_t b = 0, first = 0; b < blocks.count; first += blocks.size(b++)) {
    const int64_t count = blocks.size(b);
    prefetch.begin(first, count, kProducts);
    for (int64_t p = 0; p < kProducts; ++p) {
      const int64_t j = p / kStride2Products, k = p % kStride2Products;
      const int64_t part = Filter::kPartOf[j] * Filter::kParts + Filter::kPartOf[k];
      const int64_t weights = Filter::kWeightOf[j] * kStride2Weights + Filter::kWeightOf[k];
      sum_run_of(TransposedRun<Element>{
          block.parts + part * block.cut.part_step(), weight + weights * elements * kTaps * count,
          elements, block.cut.plane, block.runs(), block.cut.pitch, block.run_length(), count,
          block.sums + p * count * run_floats, run_floats});
      prefetch.after_sum();
    }
    write_any_channels(Channels<Element>{block, first, count});
    weight += kWeights * elements * kTaps * count;
  }
}

}  // namespace

template <class Element>
int64_t packed_conv_transpose_size(int64_t in, int64_t out) {
  return kWeights * kTaps * elements_of<Element>(in) * out;
}

template <class Element>
void pack_conv_transpose_weight(const float* weight, int64_t in, int64_t out, Element* packed,
                                PackShare share) {
  pack(weight, in, out, packed, share);
}

template <class Element>
int64_t planar_conv_transpose_blocks(const PlanarConvShape& shape) {
  const Cut<Element> cut(shape);
  return cut.deep * cut.rows.high;
}

template <class Element>
int64_t planar_conv_transpose_scratch(const PlanarConvShape& shape) {
  const Cut<Element> cut(shape);
  return cut.input_floats() + kProducts * kOut * cut.run_floats();
}

template <class Element>
void planar_conv_transpose(const PlanarConv<Element>& conv, int64_t first, int64_t last,
                           float* scratch) {
  for_planar_blocks<Cut<Element>>(conv, first, last, scratch, convolve<Element>);
}

#define NMSW_PLANAR_CONV_TRANSPOSE_OF(Element)                                                \
  template int64_t packed_conv_transpose_size<Element>(int64_t, int64_t);                     \
  template void pack_conv_transpose_weight<Element>(const float*, int64_t, int64_t, Element*, \
                                                    PackShare);                               \
  template int64_t planar_conv_transpose_blocks<Element>(const PlanarConvShape&);             \
  template int64_t planar_conv_transpose_scratch<Element>(const PlanarConvShape&);            \
  template void planar_conv_transpose<Element>(const PlanarConv<Element>&, int64_t, int64_t,  \
                                               float*);
NMSW_PLANAR_CONV_TRANSPOSE_OF(float)
NMSW_PLANAR_CONV_TRANSPOSE_OF(Bf16Pair)
#undef NMSW_PLANAR_CONV_TRANSPOSE_OF

}  // namespace nmsw
