#include <algorithm>

#include "nmsw/kernels/conv/amx_cut.h"
#include "nmsw/kernels/conv/conv_kernels.h"
#include "nmsw/kernels/conv/write_rows.h"
#include "nmsw/kernels/gemm/amx_tiles.h"
#include "nmsw/kernels/simd/shuffle.h"

namespace nmsw {
namespace {

template <class Element>
struct Block {
  const ConvArgs<Element>& conv;
  const AmxCut& cut;
  int64_t z0, y0, planes, rows;  ///< of the smaller grid
  Element* input;
  float* sums;          ///< [parities, kTileChannels, run_floats]
  MomentSums* moments;  ///< [O] or null
};

/// Some output channels of a plane of a block.
template <class Element>
struct Channels {
  const Block<Element>& block;
  int64_t first, count, plane;
};

/// Loads a vector of both channels of a pair, after their deferred operations; zeros for a missing
/// channel and beyond the end of a row.
template <class Floats, class Element>
NMSW_INLINE void load_both(const Block<Element>& block, int64_t pair, int64_t at, int64_t left,
                           Floats (&channels)[2]) {
  const ConvArgs<Element>& conv = block.conv;
#pragma GCC unroll 2
  for (int64_t i = 0; i < 2; ++i) {
    channels[i] = Floats{};
    if (left <= 0 || 2 * pair + i >= conv.shape.in_channels) continue;
    load_channel(conv.in[2 * pair + i], at, left, channels[i]);
    prefetch_channel<kSecondCache>(channel_after(conv, 2 * pair + i), at);
    if (left < kNumbersIn<Floats>) clear_lanes(left, channels[i]);
  }
}

template <class Products, class Element>
NMSW_INLINE void store_both(const typename Products::Sums (&channels)[2], int64_t left,
                            Element* to) {
  if (left >= kLanesOf<Products>) return Products::store(channels, to);
  Element pairs[kLanesOf<Products>];
  Products::store(channels, pairs);
  for (int64_t i = 0; i < left; ++i) to[i] = pairs[i];
}

/// Converts a row of the input, whose first voxel is `at`. With stride 2 the columns 1, 3, …
/// (padding included) are stored `odd` pairs behind the columns 0, 2, ….
template <class Products, class Element>
NMSW_INLINE void load_row(const Block<Element>& block, int64_t pair, int64_t at, Element* row,
                          int64_t odd) {
  using Floats = typename Products::Sums;
  constexpr int64_t kWide = kLanesOf<Products>;
  const int64_t width = block.conv.shape.extent_dhw[2];
  const AmxAxis& axis = block.cut.axis;
  Floats channels[2];
  if (axis.stride == 1) {
    for (int64_t x = 0; x < axis.before; ++x) row[x] = Element{};
    for (int64_t x = 0; x < width; x += kWide) {
      load_both(block, pair, at + x, width - x, channels);
      store_both<Products>(channels, width - x, row + axis.before + x);
    }
    for (int64_t x = axis.before + width; x < block.cut.pitch; ++x) row[x] = Element{};
    return;
  }
  // Behind a column of padding even voxels are the odd columns.
  const int64_t evens = ceil_div(width, 2), odds = width / 2;
  Element* const even_row = row + odd;
  row[0] = Element{};
  for (int64_t x = 0; x < width; x += 2 * kWide) {
    Floats next[2], even[2], odd_ones[2];
    load_both(block, pair, at + x, width - x, channels);
    load_both(block, pair, at + x + kWide, width - x - kWide, next);
#pragma GCC unroll 2
    for (int64_t i = 0; i < 2; ++i) deinterleave(channels[i], next[i], even[i], odd_ones[i]);
    store_both<Products>(even, evens - x / 2, even_row + x / 2);
    store_both<Products>(odd_ones, odds - x / 2, row + 1 + x / 2);
  }
  for (int64_t x = 1 + odds; x < block.cut.pitch; ++x) row[x] = Element{};
  for (int64_t x = evens; x < block.cut.pitch; ++x) even_row[x] = Element{};
}

template <class Products, class Element>
NMSW_INLINE void load_block(const Block<Element>& block) {
  const AmxCut& cut = block.cut;
  const AmxAxis& axis = cut.axis;
  const auto [depth, height, width] = block.conv.shape.extent_dhw;
  // From a row's columns 0, 2, … to its columns 1, 3, ….
  const int64_t odd = axis.stride == 1 ? 0 : cut.place(0, 0, 1);
  for (int64_t pair = 0; pair < cut.pairs; ++pair) {
    for (int64_t z = 0; z < axis.read(block.planes); ++z) {
      for (int64_t y = 0; y < axis.read(block.rows); ++y) {
        Element* const row = block.input + pair * cut.pair_step + cut.place(z, y, 0);
        const int64_t from_z = axis.stride * block.z0 - axis.before + z;
        const int64_t from_y = axis.stride * block.y0 - axis.before + y;
        if (from_z >= 0 && from_z < depth && from_y >= 0 && from_y < height) {
          load_row<Products>(block, pair, (from_z * height + from_y) * width, row, odd);
        } else {
          std::fill_n(row, cut.pitch, Element{});
          std::fill_n(row + odd, cut.pitch, Element{});
        }
      }
    }
  }
}

/// Writes a vector of an output row, and with a doubled grid the next one, from the sums at `sums`.
template <class Floats, class Element>
NMSW_INLINE void write_voxels(const Channels<Element>& channels, int64_t o, const float* sums,
                              int64_t at, int64_t x, LaneMoments<Floats>* moments) {
  const Block<Element>& block = channels.block;
  const ConvArgs<Element>& conv = block.conv;
  const AmxCut& cut = block.cut;
  const float bias = conv.bias == nullptr ? 0.0F : conv.bias[o];
  const int64_t left = cut.steps_dhw[2] - x;
  Floats values;
  std::memcpy(&values, sums, sizeof(values));
  if (cut.axis.scale == 1) {
    values += bias;
    if (conv.added != nullptr) {
      Floats added;
      load_channel(conv.added[o], at + x, left, added);
      values += added;
    }
    write_row_part(conv, o, at + x, left, values, moments);
    return;
  }
  Floats odd, turns[2];
  std::memcpy(&odd, sums + kTileChannels * cut.run_floats(), sizeof(odd));
  interleave(values, odd, turns);
#pragma GCC unroll 2
  for (int64_t i = 0; i < 2; ++i) {
    const int64_t begin = i * kNumbersIn<Floats>;
    if (2 * left <= begin) break;
    turns[i] += bias;
    write_row_part(conv, o, at + 2 * x + begin, 2 * left - begin, turns[i], moments);
  }
}

template <class Products, class Element>
NMSW_INLINE void write_channels(const Channels<Element>& channels) {
  using Floats = typename Products::Sums;
  const auto& [block, first, count, plane] = channels;
  const AmxCut& cut = block.cut;
  const int64_t scale = cut.axis.scale;
  const auto [depth, height, width] = cut.steps_dhw;
  for (int64_t o = 0; o < count; ++o) {
    LaneMoments<Floats> found;
    for (int64_t parity = 0; parity < cut.axis.parities(); parity += scale) {
      const int64_t z = scale * (block.z0 + plane) + parity / 4;
      for (int64_t row = 0; row < block.rows; ++row) {
        const int64_t y = scale * (block.y0 + row) + parity / 2 % 2;
        const float* sums =
            block.sums + (parity * kTileChannels + o) * cut.run_floats() + row * cut.pitch;
        const int64_t at = (z * scale * height + y) * scale * width;
        for (int64_t x = 0; x < width; x += kNumbersIn<Floats>) {
          write_voxels(channels, first + o, sums + x, at, x, &found);
        }
      }
    }
    if (block.moments == nullptr) continue;
    MomentSums& moments = block.moments[first + o];
    if (plane == 0) moments = {};
    moments.add(found.sums());
  }
}

NMSW_PAIRS_FOR_EVERY_WIDTH(load_any_block, load_block, Block)
NMSW_PAIRS_FOR_EVERY_WIDTH(write_any_channels, write_channels, Channels)

/// Taps of one of the eight parities of a doubled grid's voxels, or all taps of another kind.
struct Taps {
  int64_t count = 0;
  int64_t place[27], weight[27];

  Taps() = default;
  Taps(ConvKind kind, const AmxCut& cut, int64_t parity) {
    const AmxAxis& axis = cut.axis;
    for (const AxisTap& z : taps_of(kind, parity / 4)) {
      for (const AxisTap& y : taps_of(kind, parity / 2 % 2)) {
        for (const AxisTap& x : taps_of(kind, parity % 2)) {
          place[count] =
              cut.place(axis.before + z.shift, axis.before + y.shift, axis.before + x.shift);
          weight[count++] = (z.k * axis.weights + y.k) * axis.weights + x.k;
        }
      }
    }
  }
};

void convolve(ConvKind kind, const Block<Bf16Pair>& block) {
  load_any_block(block);
  const AmxCut& cut = block.cut;
  const int64_t out = block.conv.shape.out_channels;
  const Bf16Pair* weight = block.conv.weight;
  Taps taps[kMostParities];
  for (int64_t parity = 0; parity < cut.axis.parities(); ++parity) {
    taps[parity] = Taps(kind, cut, parity);
  }
  for (int64_t first = 0; first < out; first += kTileChannels) {
    const int64_t count = std::min(kTileChannels, out - first);
    const TileCut tiles(count, cut.pairs);
    int64_t packed = 0;
    for (int64_t plane = 0; plane < block.planes; ++plane) {
      packed = 0;
      for (int64_t parity = 0; parity < cut.axis.parities(); ++parity) {
        sum_tiles({count, cut.pairs, block.input + cut.axis.stride * plane * cut.plane_step(),
                   cut.pair_step, weight + packed, taps[parity].place, taps[parity].count,
                   (block.rows - 1) * cut.pitch + cut.steps_dhw[2],
                   block.sums + parity * kTileChannels * cut.run_floats(), cut.run_floats()});
        packed += tiles.packed_size(taps[parity].count);
      }
      write_any_channels(Channels<Bf16Pair>{block, first, count, plane});
    }
    weight += packed;
  }
}

/// Calls each(parity's taps, where its weights begin) for a block of output channels.
template <class Each>
int64_t for_packed_taps(ConvKind kind, const TileCut& tiles, Each each) {
  const AmxCut any(kind, {1, 1, {1, 1, 1}});
  int64_t packed = 0;
  for (int64_t parity = 0; parity < any.axis.parities(); ++parity) {
    const Taps taps(kind, any, parity);
    each(taps, packed);
    packed += tiles.packed_size(taps.count);
  }
  return packed;
}

int64_t packed_size(ConvKind kind, int64_t in, int64_t out) {
  int64_t size = 0;
  for (int64_t first = 0; first < out; first += kTileChannels) {
    const TileCut tiles(std::min(kTileChannels, out - first), elements_of<Bf16Pair>(in));
    size += for_packed_taps(kind, tiles, [](const Taps&, int64_t) {});
  }
  return size;
}

void pack(ConvKind kind, const float* weight, int64_t in, int64_t out, Bf16Pair* packed,
          PackShare share) {
  const AmxAxis axis(kind);
  const int64_t all = axis.weights * axis.weights * axis.weights;
  const auto at = [&](int64_t o, int64_t c, int64_t k) {
    switch (kind) {
      case ConvKind::doubled:
        return (c * out + o) * all + k;
      case ConvKind::point_doubled:
        return (o * all + k) * in + c;
      default:
        return (o * in + c) * all + k;
    }
  };
  for (int64_t first = 0; first < out; first += kTileChannels) {
    const int64_t count = std::min(kTileChannels, out - first);
    const TileCut tiles(count, elements_of<Bf16Pair>(in));
    packed += for_packed_taps(kind, tiles, [&](const Taps& taps, int64_t begin) {
      if (!share.takes(first / kTileChannels)) return;
      const auto find = [&](int64_t o, int64_t t, int64_t c) {
        return weight[at(first + o, c, taps.weight[t])];
      };
      pack_tiles(count, in, taps.count, find, packed + begin);
    });
  }
}

void run_blocks(ConvKind kind, const ConvArgs<Bf16Pair>& conv, int64_t first, int64_t last,
                float* scratch) {
  static_assert(sizeof(Bf16Pair) == sizeof(float));
  const AmxCut cut(kind, conv.shape);
  for (int64_t i = first; i < last; ++i) {
    const int64_t z0 = i / cut.high * cut.planes, y0 = i % cut.high * cut.rows;
    convolve(kind,
             {conv, cut, z0, y0, std::min(cut.planes, cut.steps_dhw[0] - z0),
              std::min(cut.rows, cut.steps_dhw[1] - y0), reinterpret_cast<Bf16Pair*>(scratch),
              scratch + cut.input_floats(),
              conv.moments == nullptr ? nullptr : conv.moments + i * conv.shape.out_channels});
  }
}

}  // namespace

template <ConvKind kind>
const ConvKernel<Bf16Pair>& amx_conv() {
  static constexpr ConvKernel<Bf16Pair> kernel{
      [](int64_t in, int64_t out) { return packed_size(kind, in, out); },
      [](const float* weight, int64_t in, int64_t out, Bf16Pair* packed, PackShare share) {
        pack(kind, weight, in, out, packed, share);
      },
      [](const ConvShape& shape) {
        const AmxCut cut(kind, shape);
        return cut.deep * cut.high;
      },
      [](const ConvShape& shape) {
        const AmxCut cut(kind, shape);
        return cut.axis.scale * cut.planes;
      },
      [](const ConvShape& shape) {
        const AmxCut cut(kind, shape);
        return cut.input_floats() + cut.sums_floats();
      },
      [](const ConvArgs<Bf16Pair>& conv, int64_t first, int64_t last, float* scratch) {
        run_blocks(kind, conv, first, last, scratch);
      },
      true};
  return kernel;
}
template const ConvKernel<Bf16Pair>& amx_conv<ConvKind::same>();
template const ConvKernel<Bf16Pair>& amx_conv<ConvKind::halved>();
template const ConvKernel<Bf16Pair>& amx_conv<ConvKind::doubled>();
template const ConvKernel<Bf16Pair>& amx_conv<ConvKind::point>();
template const ConvKernel<Bf16Pair>& amx_conv<ConvKind::point_doubled>();

}  // namespace nmsw
