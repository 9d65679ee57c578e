#include "nmsw/kernels/conv/conv_kernels.h"

#include <algorithm>

#include "nmsw/kernels/conv/winograd_conv.h"
#include "nmsw/kernels/conv/winograd_stride2.h"
#include "nmsw/kernels/simd/shuffle.h"
#include "nmsw/kernels/simd/vector_math.h"

namespace nmsw {
namespace {

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
struct DoubledCut {
  static constexpr int64_t kPlanes = WinogradDoubling::kCoarse;
  Int3 out_dhw;
  int64_t elements, width, pitch;
  PairCut rows;
  int64_t deep, plane;

  explicit DoubledCut(const ConvShape& shape)
      : out_dhw(output_extent_dhw(ConvKind::doubled, shape.extent_dhw)),
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
  RowBox reads(const ConvPlace& at) const {
    return {at.z0, at.z0 + kPlanes + 1, at.y0, at.y0 + kRowsOfPair * at.pairs + 1};
  }
  RowBox writes(const ConvPlace& at) const {
    const int64_t z = 2 * at.z0, y = 2 * at.y0;
    return {z, z + 2 * kPlanes, y, y + 2 * kRowsOfPair * at.pairs};
  }
};

/// Positions are the input's.
template <class Element>
using Block = ConvBlock<Element, DoubledCut<Element>>;
template <class Element>
using Channels = ConvChannels<Block<Element>>;

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

/// The sums over channels of one product; fields as in RowRuns.
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
  for (int64_t c = 0; c < run.elements; ++c, from += run.plane, weight += kTapsAlongX * kCount) {
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
  write_conv_channels<Write, typename Products::Sums>(channels);
}

NMSW_FOR_EVERY_WIDTH(load_any_block, load_block, Block)
NMSW_FOR_EVERY_WIDTH(write_any_channels, write_channels, Channels)

struct DoubledGrid {
  template <class Element>
  using Cut = DoubledCut<Element>;
  static constexpr int64_t kMost = kOut, kPacked = kWeights, kSums = kProducts;
  static constexpr int64_t kPlanes = WinogradDoubling::kFine;

  /// Taps along x: even x, then odd x with the next voxel and with the voxel itself.
  struct Weights {
    const float* weight;
    int64_t in, out;
    void operator()(int64_t o, int64_t c, int64_t tap, float (&parts)[kWeights]) const {
      constexpr int64_t kTapOf[kTapsAlongX] = {1, 0, 2};
      stride2_weights(weight + (c * out + o) * kAllTaps + kTapOf[tap], parts);
    }
  };

  template <class Element>
  static void load(const Block<Element>& block) {
    load_any_block(block);
  }
  template <class Element>
  static void sum(const Block<Element>& block, const Element* weight, int64_t p, int64_t count) {
    using Filter = WinogradDoubling;
    const int64_t elements = block.cut.elements, run_floats = block.cut.run_floats();
    const int64_t j = p / kStride2Products, k = p % kStride2Products;
    const int64_t part = Filter::kPartOf[j] * Filter::kParts + Filter::kPartOf[k];
    const int64_t weights = Filter::kWeightOf[j] * kStride2Weights + Filter::kWeightOf[k];
    sum_run_of(TransposedRun<Element>{block.parts + part * block.cut.part_step(),
                                      weight + weights * elements * kTapsAlongX * count, elements,
                                      block.cut.plane, block.runs(), block.cut.pitch,
                                      block.run_length(), count,
                                      block.sums + p * count * run_floats, run_floats});
  }
  template <class Element>
  static void write(const Channels<Element>& channels) {
    write_any_channels(channels);
  }
};

}  // namespace

template <class Element>
const ConvKernel<Element>& conv3x3_doubled() {
  static constexpr ConvKernel<Element> kernel = winograd_kernel<DoubledGrid, Element>();
  return kernel;
}
template const ConvKernel<float>& conv3x3_doubled();
template const ConvKernel<Bf16Pair>& conv3x3_doubled();

}  // namespace nmsw
