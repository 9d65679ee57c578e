#include <algorithm>

#include "nmsw/kernels/conv/conv_kernels.h"
#include "nmsw/kernels/conv/write_rows.h"
#include "nmsw/kernels/gemm/tile_products.h"
#include "nmsw/kernels/simd/shuffle.h"

namespace nmsw {
namespace {

constexpr int64_t kOctants = 8;
/// Voxels of a block, at least one row.
constexpr int64_t kBlockVoxels = 2048;

// A block is some rows of a plane. As in pointwise_mlp it is loaded and stored channel by channel,
// in runs that the hardware prefetcher follows, and multiplied tile by tile.

struct Cut {
  int64_t rows, high;
  explicit Cut(const ConvShape& shape) {
    const auto [depth, height, width] = shape.extent_dhw;
    rows = std::clamp<int64_t>(kBlockVoxels / width, 1, height);
    high = (height + rows - 1) / rows;
  }
};

int64_t tiles_of(int64_t voxels) { return (voxels + kPointTile - 1) / kPointTile; }

int64_t sums_of(const ConvShape& shape, ConvKind kind) {
  return shape.out_channels * (kind == ConvKind::point_doubled ? kOctants : 1);
}

template <class Element>
struct Block {
  const ConvArgs<Element>& conv;
  ConvKind kind;
  int64_t z, y0, y1;
  Element* input;
  float* sums;          ///< [output channels (· 8), tiles · kPointTile]
  MomentSums* moments;  ///< [O] or null

  int64_t begin() const { return (z * conv.shape.extent_dhw[1] + y0) * conv.shape.extent_dhw[2]; }
  int64_t voxels() const { return (y1 - y0) * conv.shape.extent_dhw[2]; }
  int64_t sum_step() const { return tiles_of(voxels()) * kPointTile; }
};

template <class Products, class Element>
NMSW_INLINE void load_block(const Block<Element>& block) {
  using Floats = typename Products::Sums;
  constexpr int64_t kTogether = kChannelsOf<Element>;
  const int64_t in = block.conv.shape.in_channels, elements = elements_of<Element>(in);
  const int64_t begin = block.begin(), voxels = block.voxels();
  for (int64_t e = 0; e < elements; ++e) {
    // Copies: for the compiler, a store might alias them.
    FusedChannel channels[kTogether], next[kTogether];
    for (int64_t i = 0; i < kTogether; ++i) {
      const int64_t channel = std::min(e * kTogether + i, in - 1);
      channels[i] = block.conv.in[channel];
      next[i] = channel_after(block.conv, channel);
    }
    const bool last_exists = (e + 1) * kTogether <= in;
    Element* to = block.input + e * kPointTile;
    for (int64_t tile = 0; tile < voxels; tile += kPointTile, to += elements * kPointTile) {
      const int64_t end = std::min(voxels, tile + kPointTile);
      for (int64_t at = tile; at < end; at += kLanesOf<Products>) {
        Floats values[kTogether];
#pragma GCC unroll 2
        for (int64_t i = 0; i < kTogether; ++i) {
          load_channel(channels[i], begin + at, voxels - at, values[i]);
          prefetch_channel<kSecondCache>(next[i], begin + at);
        }
        if (!last_exists) values[kTogether - 1] = Floats{};
        Products::store(values, to + (at - tile));
      }
    }
  }
}

template <class Products, int64_t kCount, class Element>
NMSW_INLINE void sum_rows(const Block<Element>& block, int64_t row, int64_t tile) {
  const int64_t elements = elements_of<Element>(block.conv.shape.in_channels);
  const float zeros[kCount] = {};
  multiply_points<Products, kCount>(
      block.conv.weight + row * elements, zeros, block.input + tile * elements * kPointTile,
      elements, [&](int64_t lane, const auto& sums) NMSW_INLINED {
        store_sums(sums, block.sum_step(),
                   block.sums + row * block.sum_step() + tile * kPointTile + lane);
      });
}

template <class Products, class Element>
NMSW_INLINE void sum_block(const Block<Element>& block) {
  const int64_t rows = sums_of(block.conv.shape, block.kind);
  for (int64_t tile = 0; tile < tiles_of(block.voxels()); ++tile) {
    for (int64_t row = 0; row < rows; row += rows_together(rows - row)) {
      switch (rows_together(rows - row)) {
        case 1:
          sum_rows<Products, 1>(block, row, tile);
          break;
        case 2:
          sum_rows<Products, 2>(block, row, tile);
          break;
        default:
          sum_rows<Products, kPointRows>(block, row, tile);
      }
    }
  }
}

// Operands are copied to locals first: for the compiler, a store might alias them.

template <class Floats, class Element>
NMSW_INLINE void write_same(const Block<Element>& block, const ConvArgs<Element>& conv, int64_t o,
                            float bias, LaneMoments<Floats>& moments) {
  const float* sums = block.sums + o * block.sum_step();
  const bool adds = conv.added != nullptr;
  const FusedChannel other = adds ? conv.added[o] : FusedChannel{};
  const int64_t begin = block.begin(), voxels = block.voxels();
  for (int64_t at = 0; at < voxels; at += kNumbersIn<Floats>) {
    Floats values;
    std::memcpy(&values, sums + at, sizeof(values));
    if (adds) {
      Floats added;
      load_channel(other, begin + at, voxels - at, added);
      values += added;
    }
    values += bias;
    write_row_part(conv, o, begin + at, voxels - at, values, &moments);
  }
}

/// A row of the input becomes four of the output, even and odd voxels interleaved.
template <class Floats, class Element>
NMSW_INLINE void write_doubled(const Block<Element>& block, const ConvArgs<Element>& conv,
                               int64_t o, float bias, LaneMoments<Floats>& moments) {
  const auto [depth, height, width] = conv.shape.extent_dhw;
  const int64_t step = block.sum_step(), y0 = block.y0, y1 = block.y1;
  for (int64_t k = 0; k < kOctants; k += 2) {
    const float* even = block.sums + (o * kOctants + k) * step;
    const float* odd = even + step;
    const int64_t plane = 2 * block.z + k / 4;
    for (int64_t y = y0; y < y1; ++y, even += width, odd += width) {
      const int64_t to = (plane * 2 * height + 2 * y + k / 2 % 2) * 2 * width;
      for (int64_t x = 0; x < width; x += kNumbersIn<Floats>) {
        Floats evens, odds, turns[2];
        load_lanes(even + x, width - x, evens);
        load_lanes(odd + x, width - x, odds);
        interleave(evens, odds, turns);
        Floats first = turns[0] + bias, second = turns[1] + bias;
        const int64_t at = to + 2 * x, left = 2 * (width - x);
        write_row_part(conv, o, at, left, first, &moments);
        if (left > kNumbersIn<Floats>) {
          write_row_part(conv, o, at + kNumbersIn<Floats>, left - kNumbersIn<Floats>, second,
                         &moments);
        }
      }
    }
  }
}

template <class Products, class Element>
NMSW_INLINE void write_block(const Block<Element>& block) {
  using Floats = typename Products::Sums;
  const ConvArgs<Element> conv = block.conv;
  for (int64_t o = 0; o < conv.shape.out_channels; ++o) {
    const float bias = conv.bias == nullptr ? 0.0F : conv.bias[o];
    LaneMoments<Floats> found;
    if (block.kind == ConvKind::point) {
      write_same(block, conv, o, bias, found);
    } else {
      write_doubled(block, conv, o, bias, found);
    }
    if (block.moments != nullptr) block.moments[o] = found.sums();
  }
}

template <class Products, class Element>
NMSW_INLINE void convolve(const Block<Element>& block) {
  load_block<Products>(block);
  sum_block<Products>(block);
  write_block<Products>(block);
}

NMSW_FOR_EVERY_WIDTH(convolve_any, convolve, Block)

template <class Element>
int64_t input_floats(const ConvShape& shape) {
  return elements_of<Element>(shape.in_channels) * tiles_of(Cut(shape).rows * shape.extent_dhw[2]) *
         kPointTile;
}

template <class Element>
void run_blocks(const ConvArgs<Element>& conv, ConvKind kind, int64_t first, int64_t last,
                float* scratch) {
  static_assert(sizeof(Element) == sizeof(float));
  const Cut cut(conv.shape);
  for (int64_t i = first; i < last; ++i) {
    const int64_t y0 = i % cut.high * cut.rows;
    convolve_any(Block<Element>{
        conv, kind, i / cut.high, y0, std::min(y0 + cut.rows, conv.shape.extent_dhw[1]),
        reinterpret_cast<Element*>(scratch), scratch + input_floats<Element>(conv.shape),
        conv.moments == nullptr ? nullptr : conv.moments + i * conv.shape.out_channels});
  }
}

}  // namespace

template <class Element, ConvKind kind>
const ConvKernel<Element>& conv1x1() {
  constexpr int64_t kRows = kind == ConvKind::point_doubled ? kOctants : 1;
  static constexpr ConvKernel<Element> kernel{
      [](int64_t in, int64_t out) { return elements_of<Element>(in) * out * kRows; },
      [](const float* weight, int64_t in, int64_t out, Element* packed, PackShare share) {
        if (share.index == 0) pack_pointwise_weight(weight, in, out * kRows, packed);
      },
      [](const ConvShape& shape) { return shape.extent_dhw[0] * Cut(shape).high; },
      [](const ConvShape&) -> int64_t { return kind == ConvKind::point_doubled ? 2 : 1; },
      [](const ConvShape& shape) {
        return input_floats<Element>(shape) +
               sums_of(shape, kind) * tiles_of(Cut(shape).rows * shape.extent_dhw[2]) * kPointTile;
      },
      [](const ConvArgs<Element>& conv, int64_t first, int64_t last, float* scratch) {
        run_blocks(conv, kind, first, last, scratch);
      },
      true};
  return kernel;
}
template const ConvKernel<float>& conv1x1<float, ConvKind::point>();
template const ConvKernel<float>& conv1x1<float, ConvKind::point_doubled>();
template const ConvKernel<Bf16Pair>& conv1x1<Bf16Pair, ConvKind::point>();
template const ConvKernel<Bf16Pair>& conv1x1<Bf16Pair, ConvKind::point_doubled>();

}  // namespace nmsw
