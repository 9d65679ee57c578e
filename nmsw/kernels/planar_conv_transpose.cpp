#include "nmsw/kernels/planar_conv_transpose.h"

#include <algorithm>

#include "nmsw/kernels/parity_taps.h"
#include "nmsw/kernels/vector_math.h"

namespace nmsw {
namespace {

constexpr int64_t kTaps = 27;
/// Output channels that are summed together, and vectors of each: two sums of each fill the
/// registers.
constexpr int64_t kOut = 5;
constexpr int64_t kVectors = 2;
/// Input that is read again for every block of channels and parity should stay in the second cache.
constexpr int64_t kCachedFloats = 112 * 1024;
/// What a run that ends in the middle of its vectors reads behind it.
constexpr int64_t kTail = kVectors * kLanes + 1;

// A block is one plane of a few rows. It is worked on from a copy of its input with one plane, one
// row and one column more, zeros where the volume has none.

/// How a volume is cut into blocks, its rows as evenly as they go.
template <class Element>
struct Cut {
  int64_t elements, pitch, rows, high, plane;

  explicit Cut(const PlanarConvShape& shape)
      : elements(elements_of<Element>(shape.in_channels)), pitch(shape.extent_dhw[2] + 1) {
    const int64_t height = shape.extent_dhw[1];
    const int64_t fits = std::clamp<int64_t>(kCachedFloats / (2 * elements * pitch) - 1, 1, height);
    high = (height + fits - 1) / fits;
    rows = (height + high - 1) / high;
    high = (height + rows - 1) / rows;
    plane = (rows + 1) * pitch + kLanes;
  }
  int64_t input_floats() const { return 2 * elements * plane + kTail; }
  int64_t run_floats() const { return 2 * (rows * pitch + kVectors * kLanes); }
};

template <class Element>
struct Block {
  const PlanarConv<Element>& conv;
  Cut<Element> cut;
  int64_t z, y0, y1;
  Element* input;
  float* sums;
};

/// Sixteen elements from `at` on.
template <class Element>
NMSW_INLINE void load_element(const PlanarConv<Element>& conv, int64_t element, int64_t at,
                              int64_t left, Element* to) {
  constexpr int64_t kTogether = kChannelsOf<Element>;
  Lanes channels[kTogether];
  for (int64_t i = 0; i < kTogether; ++i) {
    const int64_t channel = element * kTogether + i;
    if (channel < conv.shape.in_channels) {
      load_channel(conv.in[channel], at, left, channels[i]);
    } else {
      channels[i] = Lanes{};
    }
  }
  store_element(channels, to);
}

/// Rows are written one after the other: each writes over what the one before left behind its end.
template <class Element>
NMSW_INLINE void load_block(const Block<Element>& block) {
  const auto [depth, height, width] = block.conv.shape.extent_dhw;
  Element* plane = block.input;
  for (int64_t element = 0; element < block.cut.elements; ++element) {
    for (int64_t z = block.z; z < block.z + 2; ++z, plane += block.cut.plane) {
      Element* row = plane;
      for (int64_t y = block.y0; y <= block.y1; ++y, row += block.cut.pitch) {
        if (z == depth || y == height) {
          std::fill_n(row, block.cut.pitch, Element{});
          continue;
        }
        for (int64_t x = 0; x < width; x += kLanes) {
          load_element(block.conv, element, (z * height + y) * width + x, width - x, row + x);
        }
        row[width] = Element{};
      }
    }
  }
}

struct Rows {
  int64_t elements, channel_stride;
  /// Elements from a voxel to where the rows of taps begin, and their number.
  int64_t shifts[4];
  int64_t count;
};

template <class Element>
struct TransposedRun {
  Rows rows;
  const Element* source;
  int64_t length;
  const Element* weight;
  const float* bias;
  float* out;
  int64_t out_channel;
};

/// Sums of kCount channels at even and odd x, from the source voxel `at` on.
template <class Products, int64_t kCount, int64_t kLong, class Element>
NMSW_INLINE void sum_pair(const TransposedRun<Element>& run, int64_t at) {
  Lanes even[kCount][kLong], odd[kCount][kLong];
  for (int64_t o = 0; o < kCount; ++o) {
    const float offset = run.bias == nullptr ? 0.0F : run.bias[o];
    for (int64_t v = 0; v < kLong; ++v) even[o][v] = odd[o][v] = Lanes{} + offset;
  }
  const Element* weight = run.weight;
  for (int64_t c = 0; c < run.rows.elements; ++c) {
    for (int64_t row = 0; row < run.rows.count; ++row) {
      const Element* from = run.source + at + c * run.rows.channel_stride + run.rows.shifts[row];
      typename Products::Vector here[kLong], next[kLong];
#pragma GCC unroll 2
      for (int64_t v = 0; v < kLong; ++v) {
        std::memcpy(&here[v], from + v * kLanes, sizeof(here[v]));
        std::memcpy(&next[v], from + v * kLanes + 1, sizeof(next[v]));
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
      weight += 3 * kCount;
    }
  }
  for (int64_t o = 0; o < kCount; ++o) {
    for (int64_t v = 0; v < kLong; ++v) {
      const IntLanes low{0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23};
      const Lanes first = __builtin_shuffle(even[o][v], odd[o][v], low);
      const Lanes second = __builtin_shuffle(even[o][v], odd[o][v], low + 8);
      float* to = run.out + o * run.out_channel + 2 * (at + v * kLanes);
      std::memcpy(to, &first, sizeof(Lanes));
      std::memcpy(to + kLanes, &second, sizeof(Lanes));
    }
  }
}

template <class Products, int64_t kCount, class Element>
NMSW_INLINE void sum_run(const TransposedRun<Element>& run) {
  int64_t at = 0;
  for (; at + kLanes < run.length; at += kVectors * kLanes) {
    sum_pair<Products, kCount, kVectors>(run, at);
  }
  if (at < run.length) sum_pair<Products, kCount, 1>(run, at);
}

template <class Products, class Element>
NMSW_INLINE void sum_channels(const TransposedRun<Element>& run, int64_t count) {
  switch (count) {
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

NMSW_EVERY_VECTOR_WIDTH
void sum_run_of(const TransposedRun<float>& run, int64_t count) {
  sum_channels<Float32Products>(run, count);
}

NMSW_EVERY_VECTOR_WIDTH
void sum_pairs_anywhere(const TransposedRun<Bf16Pair>& run, int64_t count) {
  sum_channels<Bf16Products>(run, count);
}

NMSW_BF16_INSTRUCTIONS
void sum_pairs_by_dot(const TransposedRun<Bf16Pair>& run, int64_t count) {
  sum_channels<Bf16DotProducts>(run, count);
}

void sum_run_of(const TransposedRun<Bf16Pair>& run, int64_t count) {
  has_bf16_instructions() ? sum_pairs_by_dot(run, count) : sum_pairs_anywhere(run, count);
}

/// The rows of taps of one parity of z and y.
template <class Element>
Rows rows_of(int64_t parity, const Cut<Element>& cut) {
  Rows rows{cut.elements, 2 * cut.plane, {}, 0};
  for (const AxisTap& d : axis_taps(parity / 2)) {
    for (const AxisTap& h : axis_taps(parity % 2)) {
      rows.shifts[rows.count++] = d.shift * cut.plane + h.shift * cut.pitch;
    }
  }
  return rows;
}

/// Every second row of output channel `o`, from the run's sums.
template <class Element>
NMSW_INLINE void write_rows(const Block<Element>& block, int64_t o, int64_t parity,
                            const float* sums, LaneMoments* moments) {
  const auto [depth, height, width] = block.conv.shape.extent_dhw;
  const int64_t plane = 2 * (o * depth + block.z) + parity / 2;
  for (int64_t y = block.y0; y < block.y1; ++y) {
    float* to = block.conv.out + (plane * 2 * height + 2 * y + parity % 2) * 2 * width;
    const float* row = sums + 2 * (y - block.y0) * block.cut.pitch;
    for (int64_t x = 0; x < 2 * width; x += kLanes) {
      Lanes values;
      std::memcpy(&values, row + x, sizeof(values));
      store_lanes(values, 2 * width - x, to + x);
      if (moments == nullptr) continue;
      if (moments->count == 0) moments->shift = values[0];
      moments->add(values, 2 * width - x);
    }
  }
}

NMSW_EVERY_VECTOR_WIDTH void load_any_block(const Block<float>& block) { load_block(block); }
NMSW_EVERY_VECTOR_WIDTH void load_any_block(const Block<Bf16Pair>& block) { load_block(block); }
NMSW_EVERY_VECTOR_WIDTH void write_any_rows(const Block<float>& block, int64_t o, int64_t parity,
                                            const float* sums, LaneMoments* moments) {
  write_rows(block, o, parity, sums, moments);
}
NMSW_EVERY_VECTOR_WIDTH void write_any_rows(const Block<Bf16Pair>& block, int64_t o, int64_t parity,
                                            const float* sums, LaneMoments* moments) {
  write_rows(block, o, parity, sums, moments);
}

int64_t block_of(int64_t channels) {
  const int64_t blocks = (channels + kOut - 1) / kOut;
  return (channels + blocks - 1) / blocks;
}

/// Block of output channels, parity of z and of y; then input channel or pair, row of taps, the
/// weights at even x, at odd x of the next voxel and of the voxel itself, each for all channels of
/// the block.
template <class Element>
void pack(const float* weight, int64_t in, int64_t out, Element* packed) {
  const int64_t block = block_of(out);
  const auto write = [&](int64_t c, int64_t o, int64_t k) {
    const auto at = [&](int64_t channel) { return weight[(channel * out + o) * kTaps + k]; };
    const float numbers[] = {at(c), c + 1 < in ? at(c + 1) : 0.0F};
    *packed++ = element_of<Element>(numbers);
  };
  for (int64_t first = 0; first < out; first += block) {
    const int64_t last = std::min(out, first + block);
    for (int64_t parity = 0; parity < 4; ++parity) {
      for (int64_t c = 0; c < in; c += kChannelsOf<Element>) {
        for (const AxisTap& d : axis_taps(parity / 2)) {
          for (const AxisTap& h : axis_taps(parity % 2)) {
            for (const AxisTap& w : kAxisTaps) {
              for (int64_t o = first; o < last; ++o) write(c, o, (d.k * 3 + h.k) * 3 + w.k);
            }
          }
        }
      }
    }
  }
}

template <class Element>
void convolve(const Block<Element>& block, MomentSums* moments) {
  const PlanarConv<Element>& conv = block.conv;
  const int64_t longest = block_of(conv.shape.out_channels), run_floats = block.cut.run_floats();
  load_any_block(block);
  const Element* weight = conv.weight;
  for (int64_t first = 0; first < conv.shape.out_channels; first += longest) {
    const int64_t count = std::min(longest, conv.shape.out_channels - first);
    LaneMoments found[kOut];
    for (int64_t parity = 0; parity < 4; ++parity) {
      const TransposedRun<Element> run{rows_of(parity, block.cut),
                                       block.input,
                                       (block.y1 - block.y0) * block.cut.pitch - 1,
                                       weight,
                                       conv.bias == nullptr ? nullptr : conv.bias + first,
                                       block.sums,
                                       run_floats};
      sum_run_of(run, count);
      weight += block.cut.elements * run.rows.count * 3 * count;
      for (int64_t o = 0; o < count; ++o) {
        write_any_rows(block, first + o, parity, block.sums + o * run_floats,
                       moments == nullptr ? nullptr : found + o);
      }
    }
    for (int64_t o = 0; moments != nullptr && o < count; ++o) moments[first + o] = found[o].sums();
  }
}

}  // namespace

template <class Element>
int64_t packed_conv_transpose_size(int64_t in, int64_t out) {
  return kTaps * elements_of<Element>(in) * out;
}

template <class Element>
void pack_conv_transpose_weight(const float* weight, int64_t in, int64_t out, Element* packed) {
  pack(weight, in, out, packed);
}

template <class Element>
int64_t planar_conv_transpose_blocks(const PlanarConvShape& shape) {
  return shape.extent_dhw[0] * Cut<Element>(shape).high;
}

template <class Element>
int64_t planar_conv_transpose_scratch(const PlanarConvShape& shape) {
  const Cut<Element> cut(shape);
  return cut.input_floats() + kOut * cut.run_floats();
}

template <class Element>
void planar_conv_transpose(const PlanarConv<Element>& conv, int64_t first, int64_t last,
                           float* scratch) {
  static_assert(sizeof(Element) == sizeof(float));
  const Cut<Element> cut(conv.shape);
  for (int64_t i = first; i < last; ++i) {
    const int64_t y0 = i % cut.high * cut.rows;
    const Block<Element> block{conv,
                               cut,
                               i / cut.high,
                               y0,
                               std::min(y0 + cut.rows, conv.shape.extent_dhw[1]),
                               reinterpret_cast<Element*>(scratch),
                               scratch + cut.input_floats()};
    convolve(block, conv.moments == nullptr ? nullptr : conv.moments + i * conv.shape.out_channels);
  }
}

#define NMSW_PLANAR_CONV_TRANSPOSE_OF(Element)                                                 \
  template int64_t packed_conv_transpose_size<Element>(int64_t, int64_t);                      \
  template void pack_conv_transpose_weight<Element>(const float*, int64_t, int64_t, Element*); \
  template int64_t planar_conv_transpose_blocks<Element>(const PlanarConvShape&);              \
  template int64_t planar_conv_transpose_scratch<Element>(const PlanarConvShape&);             \
  template void planar_conv_transpose<Element>(const PlanarConv<Element>&, int64_t, int64_t,   \
                                               float*);
NMSW_PLANAR_CONV_TRANSPOSE_OF(float)
NMSW_PLANAR_CONV_TRANSPOSE_OF(Bf16Pair)
#undef NMSW_PLANAR_CONV_TRANSPOSE_OF

}  // namespace nmsw
