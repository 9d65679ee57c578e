#include "nmsw/kernels/conv/conv_kernels.h"

#include <algorithm>
#include <cstring>

#include "nmsw/kernels/conv/row_sums.h"
#include "nmsw/kernels/conv/winograd.h"
#include "nmsw/kernels/conv/winograd_conv.h"

namespace nmsw {
namespace {

/// A block's transformed input, read again for every few output channels, and their sums should
/// stay in L2.
constexpr int64_t kCachedFloats = 128 * 1024;

// A block is a few planes of a few pairs of rows. Its input is transformed first, part by part: a
// part has one row for each pair. Rows follow each other with a zero at either end, so that a tap
// along x is a shift and one run of vectors covers all rows; sums between rows are ignored.

constexpr int64_t kParts = WinogradZ::kParts * WinogradY::kParts;

/// How a volume is divided into blocks: groups of planes, and rows as evenly as possible.
template <class Element>
struct SameCut {
  static constexpr int64_t kPlanes = WinogradZ::kOutputs;
  Int3 out_dhw;
  int64_t elements, width, pitch;
  PairCut rows;
  int64_t deep, plane;

  explicit SameCut(const ConvShape& shape)
      : out_dhw(shape.extent_dhw),
        elements(elements_of<Element>(shape.in_channels)),
        width(shape.extent_dhw[2]),
        pitch(width + 2),
        rows(shape.extent_dhw[1], kCachedFloats / (kParts * (elements + kMostSummed) * pitch)),
        deep(ceil_div(shape.extent_dhw[0], kPlanes)),
        plane(rows.pairs * pitch + kLanes) {}
  int64_t part_step() const { return elements * plane; }
  int64_t input_floats() const { return kParts * part_step() + kSumTail; }
  int64_t run_floats() const { return rows.pairs * pitch + kSumTail; }
  int64_t sum_width() const { return width; }
  int64_t sum_pitch() const { return pitch; }
  RowBox reads(const ConvPlace& at) const {
    return {at.z0 - 1, at.z0 + kPlanes + 1, at.y0 - 1, at.y0 + kRowsOfPair * at.pairs + 1};
  }
  RowBox writes(const ConvPlace& at) const {
    return {at.z0, at.z0 + kPlanes, at.y0, at.y0 + kRowsOfPair * at.pairs};
  }
};

template <class Element>
using Block = ConvBlock<Element, SameCut<Element>>;
template <class Element>
using Channels = ConvChannels<Block<Element>>;

/// Winograd's input transform of the rows that load(plane, row, vector) gives.
template <class Floats, class Load>
NMSW_INLINE void transform_rows(Load load, Floats (&parts)[WinogradY::kParts][WinogradZ::kParts]) {
  constexpr int64_t kDeep = WinogradZ::kParts, kHigh = WinogradY::kParts;
  Floats planes[kHigh][kDeep];
#pragma GCC unroll 6
  for (int64_t i = 0; i < kDeep; ++i) {
    Floats rows[kHigh], row_parts[kHigh];
#pragma GCC unroll 4
    for (int64_t j = 0; j < kHigh; ++j) load(i, j, rows[j]);
    WinogradY::transform_input(rows, row_parts);
#pragma GCC unroll 4
    for (int64_t j = 0; j < kHigh; ++j) planes[j][i] = row_parts[j];
  }
#pragma GCC unroll 4
  for (int64_t j = 0; j < kHigh; ++j) WinogradZ::transform_input(planes[j], parts[j]);
}

/// Transformed input of a vector of voxels of one channel, from `x` of the pair of rows at `y` on;
/// zeros for a channel that does not exist.
template <class Floats, class Element>
NMSW_INLINE void load_parts(const Block<Element>& block, int64_t channel, int64_t y, int64_t x,
                            Floats (&parts)[WinogradY::kParts][WinogradZ::kParts]) {
  const auto [depth, height, width] = block.conv.shape.extent_dhw;
  const bool exists = channel < block.conv.shape.in_channels;
  const int64_t z0 = block.place.z0 - 1, y0 = y - 1;
  const FusedChannel& next = channel_after(block.conv, channel);
  const bool whole = exists && z0 >= 0 && z0 + WinogradZ::kParts <= depth && y0 >= 0 &&
                     y0 + WinogradY::kParts <= height && x + kNumbersIn<Floats> <= width;
  // Most vectors are inside the volume; checking each row would cost more than loading it.
  if (whole) {
    const FusedChannel source = block.conv.in[channel], after = next;
    const int64_t first = (z0 * height + y0) * width + x;
    transform_rows<Floats>(
        [&, high = height, wide = width](int64_t i, int64_t j, Floats& row) NMSW_INLINED {
          const int64_t at = first + (i * high + j) * wide;
          load_vector(source, at, row);
          prefetch_channel<kSecondCache>(after, at);
        },
        parts);
    return;
  }
  transform_rows<Floats>(
      [&, deep = depth, high = height, wide = width](int64_t i, int64_t j, Floats& row)
          NMSW_INLINED {
            row = Floats{};
            if (!exists || z0 + i < 0 || z0 + i >= deep || y0 + j < 0 || y0 + j >= high) return;
            const int64_t at = ((z0 + i) * high + y0 + j) * wide + x;
            load_channel(block.conv.in[channel], at, wide - x, row);
            prefetch_channel<kSecondCache>(next, at);
          },
      parts);
}

/// Transforms and stores a vector of each part.
template <class Products, class Element>
NMSW_INLINE void load_elements(const Block<Element>& block, int64_t element, int64_t y, int64_t x,
                               Element* to) {
  using Floats = typename Products::Sums;
  constexpr int64_t kTogether = kChannelsOf<Element>, kDeep = WinogradZ::kParts;
  Floats parts[kTogether][WinogradY::kParts][kDeep];
#pragma GCC unroll 2
  for (int64_t i = 0; i < kTogether; ++i) {
    load_parts(block, element * kTogether + i, y, x, parts[i]);
  }
#pragma GCC unroll 4
  for (int64_t j = 0; j < WinogradY::kParts; ++j) {
#pragma GCC unroll 6
    for (int64_t k = 0; k < kDeep; ++k, to += block.cut.part_step()) {
      Floats channels[kTogether];
      for (int64_t i = 0; i < kTogether; ++i) channels[i] = parts[i][j][k];
      Products::store(channels, to);
    }
  }
}

/// In this order each row overwrites what the one before wrote beyond its end.
template <class Products, class Element>
NMSW_INLINE void load_block(const Block<Element>& block) {
  const int64_t width = block.conv.shape.extent_dhw[2], part_step = block.cut.part_step();
  for (int64_t element = 0; element < block.cut.elements; ++element) {
    for (int64_t pair = 0; pair < block.place.pairs; ++pair) {
      Element* to = block.parts + element * block.cut.plane + pair * block.cut.pitch;
      for (int64_t p = 0; p < kParts; ++p) to[p * part_step] = Element{};
      for (int64_t x = 0; x < width; x += kLanesOf<Products>) {
        load_elements<Products>(block, element, block.place.y0 + WinogradY::kOutputs * pair, x,
                                to + 1 + x);
      }
      for (int64_t p = 0; p < kParts; ++p) to[p * part_step + width + 1] = Element{};
    }
  }
}

/// Output transform: a vector of output channel `o` in every plane and row of a pair, from the sums
/// of its parts, `part_step` floats apart.
struct Write {
  template <class Floats, class Element>
  NMSW_INLINE static void voxels(const Block<Element>& block, int64_t o, int64_t y, int64_t x,
                                 const float* sums, int64_t part_step,
                                 LaneMoments<Floats>* moments) {
    using Deep = WinogradZ;
    using High = WinogradY;
    const ConvArgs<Element>& conv = block.conv;
    const auto [depth, height, width] = conv.shape.extent_dhw;
    const float bias = conv.bias == nullptr ? 0.0F : conv.bias[o];
    Floats planes[High::kParts][Deep::kOutputs];
#pragma GCC unroll 4
    for (int64_t j = 0; j < High::kParts; ++j) {
      Floats parts[Deep::kParts];
#pragma GCC unroll 6
      for (int64_t i = 0; i < Deep::kParts; ++i, sums += part_step) {
        std::memcpy(&parts[i], sums, sizeof(parts[i]));
      }
      Deep::transform_output(parts, planes[j]);
    }
#pragma GCC unroll 4
    for (int64_t i = 0; i < Deep::kOutputs; ++i) {
      if (block.place.z0 + i >= depth) break;
      Floats parts[High::kParts], values[High::kOutputs];
#pragma GCC unroll 4
      for (int64_t j = 0; j < High::kParts; ++j) parts[j] = planes[j][i];
      High::transform_output(parts, values);
#pragma GCC unroll 2
      for (int64_t j = 0; j < High::kOutputs; ++j) {
        if (y + j >= height) break;
        const int64_t at = ((block.place.z0 + i) * height + y + j) * width + x;
        values[j] += bias;
        if (conv.added != nullptr) {
          Floats added;
          load_channel(conv.added[o], at, width - x, added);
          values[j] += added;
        }
        write_row_part(conv, o, at, width - x, values[j], moments);
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

/// Transformed weights of tap x: at(z, y) is the weight of taps z and y.
template <class At>
void weight_parts(At at, float (&parts)[kParts]) {
  constexpr int64_t kDeep = WinogradZ::kParts, kHigh = WinogradY::kParts;
  float rows[3][kHigh];
  for (int64_t z = 0; z < 3; ++z)
    WinogradY::transform_weight(at(z, 0), at(z, 1), at(z, 2), rows[z]);
  for (int64_t j = 0; j < kHigh; ++j) {
    float deep[kDeep];
    WinogradZ::transform_weight(rows[0][j], rows[1][j], rows[2][j], deep);
    std::copy_n(deep, kDeep, parts + j * kDeep);
  }
}

/// Weights [O,I,27].
struct ForwardWeights {
  const float* weight;
  int64_t in, out;
  float at(int64_t o, int64_t c, int64_t k) const { return weight[(o * in + c) * kAllTaps + k]; }
};

/// The same weights for the input gradient: taps mirrored, `in` and `out` are the gradient's.
struct MirroredWeights {
  const float* weight;
  int64_t in, out;
  float at(int64_t o, int64_t c, int64_t k) const {
    return weight[(c * out + o) * kAllTaps + kAllTaps - 1 - k];
  }
};

template <class Order>
struct SameGrid {
  template <class Element>
  using Cut = SameCut<Element>;
  static constexpr int64_t kMost = kMostSummed, kPacked = kParts, kSums = kParts;
  static constexpr int64_t kPlanes = WinogradZ::kOutputs;

  struct Weights : Order {
    void operator()(int64_t o, int64_t c, int64_t tap, float (&parts)[kParts]) const {
      weight_parts(
          [&](int64_t z, int64_t y) { return this->at(o, c, (z * 3 + y) * kTapsAlongX + tap); },
          parts);
    }
  };

  template <class Element>
  static void load(const Block<Element>& block) {
    load_any_block(block);
  }
  template <class Element>
  static void sum(const Block<Element>& block, const Element* weight, int64_t p, int64_t count) {
    const int64_t elements = block.cut.elements, run_floats = block.cut.run_floats();
    sum_row_runs(RowRuns<Element>{
        block.parts + p * block.cut.part_step(), weight + p * elements * kTapsAlongX * count,
        elements, block.cut.plane, block.runs(), block.cut.pitch, block.run_length(), count,
        block.sums + p * count * run_floats, run_floats});
  }
  template <class Element>
  static void write(const Channels<Element>& channels) {
    write_any_channels(channels);
  }
};

}  // namespace

template <class Element>
const ConvKernel<Element>& conv3x3_same() {
  static constexpr ConvKernel<Element> kernel =
      winograd_kernel<SameGrid<ForwardWeights>, Element>();
  return kernel;
}
template const ConvKernel<float>& conv3x3_same();
template const ConvKernel<Bf16Pair>& conv3x3_same();

const ConvKernel<float>& conv3x3_input_gradient() {
  static constexpr ConvKernel<float> kernel = winograd_kernel<SameGrid<MirroredWeights>, float>();
  return kernel;
}

}  // namespace nmsw
