#include "nmsw/kernels/conv/conv_kernels.h"

#include <algorithm>

#include "nmsw/kernels/conv/row_sums.h"
#include "nmsw/kernels/conv/winograd_conv.h"
#include "nmsw/kernels/conv/winograd_stride2.h"
#include "nmsw/kernels/simd/shuffle.h"
#include "nmsw/kernels/simd/vector_math.h"

namespace nmsw {
namespace {

using Filter = WinogradHalving;

/// The transformed input, read again for every block of channels, should stay in L2.
constexpr int64_t kCachedFloats = 128 * 1024;

// A block is two planes of a few pairs of output rows. Its input is transformed first, even and odd
// columns apart: a part has two rows for each pair. Parts whose products go into the same sum are
// stored together, as if they were further channels.

/// Products and sums along z and y.
constexpr int64_t kProducts = kStride2Products * kStride2Products;
constexpr int64_t kAllSums = Filter::kSums * Filter::kSums;

/// Products in the order of the sums that they go into.
struct ProductOrder {
  int64_t begin[kAllSums + 1] = {};
  int64_t y[kProducts] = {}, z[kProducts] = {};
  int64_t place[kStride2Products][kStride2Products] = {};

  constexpr ProductOrder() {
    int64_t next = 0;
    for (int64_t sum = 0; sum < kAllSums; ++sum) {
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
    begin[kAllSums] = next;
  }
};
constexpr ProductOrder kOrder;

/// How the output is divided into blocks, rows as evenly as possible.
template <class Element>
struct HalvedCut {
  static constexpr int64_t kPlanes = Filter::kCoarse;
  Int3 out_dhw;
  int64_t elements, width, pitch;
  PairCut rows;
  int64_t deep, odd, plane;

  explicit HalvedCut(const ConvShape& shape)
      : out_dhw(output_extent_dhw(ConvKind::halved, shape.extent_dhw)),
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
  RowBox reads(const ConvPlace& at) const {
    const int64_t z = 2 * at.z0 - 1, y = 2 * at.y0 - 1;
    return {z, z + Filter::kInputs, y, y + 2 * kRowsOfPair * at.pairs + 1};
  }
  RowBox writes(const ConvPlace& at) const {
    return {at.z0, at.z0 + kPlanes, at.y0, at.y0 + kRowsOfPair * at.pairs};
  }
};

/// Positions are the output's.
template <class Element>
using Block = ConvBlock<Element, HalvedCut<Element>>;
template <class Element>
using Channels = ConvChannels<Block<Element>>;

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
  write_conv_channels<Write, typename Products::Sums>(channels);
}

NMSW_FOR_EVERY_WIDTH(load_any_block, load_block, Block)
NMSW_FOR_EVERY_WIDTH(write_any_channels, write_channels, Channels)

struct HalvedGrid {
  template <class Element>
  using Cut = HalvedCut<Element>;
  static constexpr int64_t kMost = kMostSummed, kPacked = kProducts, kSums = kAllSums;
  static constexpr int64_t kPlanes = Filter::kCoarse;

  /// Taps along x: the even column, then the odd ones before and behind it.
  struct Weights {
    const float* weight;
    int64_t in, out;
    void operator()(int64_t o, int64_t c, int64_t tap, float (&parts)[kProducts]) const {
      constexpr int64_t kTapOf[kTapsAlongX] = {1, 0, 2};
      float found[kStride2Weights * kStride2Weights];
      stride2_weights(weight + (o * in + c) * kAllTaps + kTapOf[tap], found);
      for (int64_t p = 0; p < kProducts; ++p) {
        const int64_t j = Filter::kWeightOf[kOrder.y[p]], k = Filter::kWeightOf[kOrder.z[p]];
        parts[p] = found[j * kStride2Weights + k];
      }
    }
  };

  template <class Element>
  static void load(const Block<Element>& block) {
    load_any_block(block);
  }
  template <class Element>
  static void sum(const Block<Element>& block, const Element* weight, int64_t p, int64_t count) {
    const int64_t elements = block.cut.elements, run_floats = block.cut.run_floats();
    const int64_t begin = kOrder.begin[p], products = kOrder.begin[p + 1] - begin;
    RowRuns<Element> runs{block.parts + begin * block.cut.part_step(),
                          weight + begin * elements * kTapsAlongX * count,
                          products * elements,
                          block.cut.plane,
                          block.runs(),
                          block.cut.pitch,
                          block.run_length(),
                          count,
                          block.sums + p * count * run_floats,
                          run_floats};
    runs.taps[1] = block.cut.odd;
    runs.taps[2] = block.cut.odd + 1;
    sum_row_runs(runs);
  }
  template <class Element>
  static void write(const Channels<Element>& channels) {
    write_any_channels(channels);
  }
};

}  // namespace

template <class Element>
const ConvKernel<Element>& conv3x3_halved() {
  static constexpr ConvKernel<Element> kernel = winograd_kernel<HalvedGrid, Element>();
  return kernel;
}
template const ConvKernel<float>& conv3x3_halved();
template const ConvKernel<Bf16Pair>& conv3x3_halved();

}  // namespace nmsw
