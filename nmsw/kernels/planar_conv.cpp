#include "nmsw/kernels/planar_conv.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "nmsw/kernels/vector_math.h"

namespace nmsw {
namespace {

constexpr int64_t kTaps = 27;
constexpr int64_t kRowsOfTaps = 9;
/// Voxels in a row that one block of sums covers, where there are as many.
constexpr int64_t kLongest = 4;
/// Zeros behind each plane, so that a run that ends in the middle of a vector adds nothing more.
constexpr int64_t kTail = kLongest * kLanes;

int64_t in_lanes(int64_t floats) { return (floats + kLanes - 1) / kLanes * kLanes; }

/// Input that is read again for every block of output channels should stay in the second cache.
constexpr int64_t kCachedFloats = 96 * 1024;

// A plane's rows follow each other with their padding, so that a tap is a shift of the whole plane
// and one run of vectors covers all rows; what it gives in the two padding columns is left behind.

/// The blocks of output channels are as equal as they can be: 17 is 6 + 6 + 5.
struct Blocks {
  int64_t count, longest;
  explicit Blocks(int64_t channels)
      : count((channels + kConvBlock - 1) / kConvBlock), longest((channels + count - 1) / count) {}
};

template <int64_t kOut, int64_t kVectors>
struct Sums {
  Lanes of[kOut][kVectors];
};

/// The sums of kOut channels at kVectors·kLanes voxels from `source` on.
template <class Products, int64_t kOut, int64_t kVectors, class Element>
NMSW_INLINE void sum_taps(const Element* source, const Element* weight, int64_t elements,
                          const PaddedGrid& grid, Sums<kOut, kVectors>& sums) {
  for (int64_t c = 0; c < elements; ++c) {
    for (int64_t row = 0; row < kRowsOfTaps; ++row) {
      const Element* from = source + c * grid.channel + row / 3 * grid.plane + row % 3 * grid.pitch;
#pragma GCC unroll 3
      for (int64_t k = 0; k < 3; ++k) {
        typename Products::Vector values[kVectors];
#pragma GCC unroll 4
        for (int64_t v = 0; v < kVectors; ++v) {
          std::memcpy(&values[v], from + k + v * kLanes, sizeof(values[v]));
        }
#pragma GCC unroll 6
        for (int64_t o = 0; o < kOut; ++o) {
#pragma GCC unroll 4
          for (int64_t v = 0; v < kVectors; ++v) Products::add(weight[o], values[v], sums.of[o][v]);
        }
        weight += kOut;
      }
    }
  }
}

template <class Element>
struct Run {
  const Element* source;
  const Element* weight;
  const float* bias;
  int64_t elements;
  PaddedGrid grid;
  int64_t begin, end;
  float* out;
  int64_t out_channel;
};

template <class Products, int64_t kOut, int64_t kVectors, class Element>
NMSW_INLINE void sum_block(const Run<Element>& run, int64_t at) {
  Sums<kOut, kVectors> sums;
  for (int64_t o = 0; o < kOut; ++o) {
    const float offset = run.bias == nullptr ? 0.0F : run.bias[o];
    for (int64_t v = 0; v < kVectors; ++v) sums.of[o][v] = Lanes{} + offset;
  }
  sum_taps<Products>(run.source + at, run.weight, run.elements, run.grid, sums);
  for (int64_t o = 0; o < kOut; ++o) {
    std::memcpy(run.out + o * run.out_channel + at - run.begin, sums.of[o], sizeof(sums.of[o]));
  }
}

/// With sixteen registers of half the width, longer blocks would live in memory.
template <class Products, int64_t kOut, class Element>
NMSW_INLINE void sum_run(const Run<Element>& run, bool many_registers) {
  int64_t at = run.begin;
  if (many_registers) {
    for (; at + (kLongest - 1) * kLanes < run.end; at += kLongest * kLanes) {
      sum_block<Products, kOut, kLongest>(run, at);
    }
  }
  for (; at < run.end; at += kLanes) sum_block<Products, kOut, 1>(run, at);
}

template <class Products, class Element>
NMSW_INLINE void sum_channels(const Run<Element>& run, int64_t count, bool many_registers) {
  switch (count) {
    case 1: return sum_run<Products, 1>(run, many_registers);
    case 2: return sum_run<Products, 2>(run, many_registers);
    case 3: return sum_run<Products, 3>(run, many_registers);
    case 4: return sum_run<Products, 4>(run, many_registers);
    case 5: return sum_run<Products, 5>(run, many_registers);
    default: return sum_run<Products, kConvBlock>(run, many_registers);
  }
}

NMSW_EVERY_VECTOR_WIDTH
void sum_floats(const Run<float>& run, int64_t count, bool many_registers) {
  sum_channels<Float32Products>(run, count, many_registers);
}

NMSW_EVERY_VECTOR_WIDTH
void sum_pairs_anywhere(const Run<Bf16Pair>& run, int64_t count, bool many_registers) {
  sum_channels<Bf16Products>(run, count, many_registers);
}

NMSW_BF16_INSTRUCTIONS
void sum_pairs_by_dot(const Run<Bf16Pair>& run, int64_t count) {
  sum_channels<Bf16DotProducts>(run, count, true);
}

bool has_many_registers() {
#if defined(__x86_64__) && defined(__linux__)
  static const bool many = __builtin_cpu_supports("avx512f") != 0;
  return many;
#else
  return false;
#endif
}

void sum_run_of(const Run<float>& run, int64_t count) {
  sum_floats(run, count, has_many_registers());
}

void sum_run_of(const Run<Bf16Pair>& run, int64_t count) {
  if (has_bf16_instructions()) return sum_pairs_by_dot(run, count);
  sum_pairs_anywhere(run, count, has_many_registers());
}

/// The sums over one plane for the weights at the nine rows of taps.
template <int64_t kOut>
NMSW_INLINE void add_plane(const float* in, const float* gradient, const PaddedGrid& grid,
                           int64_t length, Lanes* totals) {
  for (int64_t row = 0; row < kRowsOfTaps; ++row) {
    const float* from = in + row / 3 * grid.plane + row % 3 * grid.pitch;
    Lanes sums[kOut][3];
    for (int64_t i = 0; i < kOut * 3; ++i) sums[i / 3][i % 3] = totals[row * kOut * 3 + i];
    for (int64_t p = 0; p < length; p += kLanes) {
      Lanes values[3];
#pragma GCC unroll 3
      for (int64_t k = 0; k < 3; ++k) load_lanes(from + p + k, kLanes, values[k]);
#pragma GCC unroll 6
      for (int64_t o = 0; o < kOut; ++o) {
        Lanes factor;
        load_lanes(gradient + o * grid.channel + p, kLanes, factor);
#pragma GCC unroll 3
        for (int64_t k = 0; k < 3; ++k) sums[o][k] += factor * values[k];
      }
    }
    for (int64_t i = 0; i < kOut * 3; ++i) totals[row * kOut * 3 + i] = sums[i / 3][i % 3];
  }
}

struct WeightProducts {
  const float* in;
  const float* gradient;
  PaddedGrid grid;
  int64_t depth, length, weight_stride;
  double* weight;
};

template <int64_t kOut>
NMSW_INLINE void add_products(const WeightProducts& products) {
  const PaddedGrid& grid = products.grid;
  Lanes totals[kRowsOfTaps * kOut * 3] = {};
  for (int64_t z = 0; z < products.depth; ++z) {
    add_plane<kOut>(products.in + z * grid.plane,
                    products.gradient + (z + 1) * grid.plane + grid.pitch + 1, grid,
                    products.length, totals);
  }
  for (int64_t row = 0; row < kRowsOfTaps; ++row) {
    for (int64_t o = 0; o < kOut; ++o) {
      for (int64_t k = 0; k < 3; ++k) {
        const Lanes& lanes = totals[(row * kOut + o) * 3 + k];
        products.weight[o * products.weight_stride + row * 3 + k] += sum_of_lanes(lanes);
      }
    }
  }
}

NMSW_EVERY_VECTOR_WIDTH
void add_products_of(const WeightProducts& products, int64_t count) {
  switch (count) {
    case 1: return add_products<1>(products);
    case 2: return add_products<2>(products);
    case 3: return add_products<3>(products);
    case 4: return add_products<4>(products);
    case 5: return add_products<5>(products);
    default: return add_products<kConvBlock>(products);
  }
}

/// Block behind block; in a block input channel or pair, tap, output channel.
template <class Element, class Weight>
void pack(int64_t in, int64_t out, Weight weight, Element* packed) {
  const Blocks blocks(out);
  for (int64_t first = 0; first < out; first += blocks.longest) {
    const int64_t last = std::min(out, first + blocks.longest);
    for (int64_t c = 0; c < in; c += kChannelsOf<Element>) {
      for (int64_t k = 0; k < kTaps; ++k) {
        for (int64_t o = first; o < last; ++o) {
          const float numbers[] = {weight(o, c, k), c + 1 < in ? weight(o, c + 1, k) : 0.0F};
          *packed++ = element_of<Element>(numbers);
        }
      }
    }
  }
}

template <class Element>
void pack_plainly(const float* weight, int64_t in, int64_t out, Element* packed) {
  pack(in, out,
       [&](int64_t o, int64_t c, int64_t k) { return weight[(o * in + c) * kTaps + k]; }, packed);
}

/// Writes one element's volume with zeros around it; copy_row(from, to) writes the row that begins at
/// the voxel `from`.
template <class Element, class CopyRow>
NMSW_INLINE void pad(Int3 extent, bool last, Element* to, CopyRow copy_row) {
  const auto [depth, height, width] = extent;
  const PaddedGrid grid(extent);
  std::fill_n(to, grid.plane, Element{});
  for (int64_t z = 0; z < depth; ++z) {
    Element* row = to + (z + 1) * grid.plane;
    std::fill_n(row, grid.pitch + 1, Element{});
    row += grid.pitch + 1;
    for (int64_t y = 0; y < height; ++y, row += grid.pitch) {
      copy_row((z * height + y) * width, row);
      row[width] = row[width + 1] = Element{};
    }
    std::fill(row, to + (z + 2) * grid.plane, Element{});
  }
  std::fill_n(to + (depth + 1) * grid.plane, grid.plane + (last ? kTail : 0), Element{});
}

/// Rows of two channels as pairs; the second may be null.
struct PairRows {
  const float* first;
  const float* second;
  int64_t width;
  NMSW_INLINE void operator()(int64_t from, Bf16Pair* row) const {
    for (int64_t x = 0; x < width; x += kLanes) {
      const int64_t left = std::min(kLanes, width - x);
      Lanes one, other{};
      load_lanes(first + from + x, left, one);
      if (second != nullptr) load_lanes(second + from + x, left, other);
      PairLanes pairs;
      pair_lanes(one, other, pairs);
      std::memcpy(row + x, &pairs, static_cast<size_t>(left) * sizeof(Bf16Pair));
    }
  }
};

NMSW_EVERY_VECTOR_WIDTH
void pad_pair(const PairRows& rows, Int3 extent, bool last, Bf16Pair* to) {
  pad(extent, last, to, rows);
}

int64_t voxels_of(Int3 extent) { return extent[0] * extent[1] * extent[2]; }

template <class Element>
void convolve(const Element* padded, const Element* packed, const float* bias,
              const PlanarConvShape& shape, int64_t z0, int64_t z1, float* out) {
  const auto [depth, height, width] = shape.extent_dhw;
  const PaddedGrid grid(shape.extent_dhw);
  const Blocks blocks(shape.out_channels);
  const int64_t elements = elements_of<Element>(shape.in_channels);
  const int64_t rows =
      std::clamp<int64_t>(kCachedFloats / (3 * elements * grid.pitch) - 2, 1, height);
  const int64_t run_floats = rows * grid.pitch + kTail;
  std::vector<float> sums(static_cast<size_t>(blocks.longest * run_floats));
  for (int64_t z = z0; z < z1; ++z) {
    for (int64_t y0 = 0; y0 < height; y0 += rows) {
      const int64_t y1 = std::min(height, y0 + rows);
      for (int64_t first = 0; first < shape.out_channels; first += blocks.longest) {
        const int64_t count = std::min(blocks.longest, shape.out_channels - first);
        const Run<Element> run{padded + grid.lead + z * grid.plane,
                               packed + first * elements * kTaps,
                               bias == nullptr ? nullptr : bias + first,
                               elements,
                               grid,
                               y0 * grid.pitch,
                               y1 * grid.pitch - 2,
                               sums.data(),
                               run_floats};
        sum_run_of(run, count);
        for (int64_t o = 0; o < count; ++o) {
          for (int64_t y = y0; y < y1; ++y) {
            std::copy_n(sums.data() + o * run_floats + (y - y0) * grid.pitch, width,
                        out + (((first + o) * depth + z) * height + y) * width);
          }
        }
      }
    }
  }
}

}  // namespace

PaddedGrid::PaddedGrid(Int3 extent)
    : pitch(extent[2] + 2),
      plane(in_lanes((extent[1] + 2) * pitch) + kTail),
      channel((extent[0] + 2) * plane),
      lead(in_lanes(pitch + 1) - pitch - 1) {}  // the first voxel of each plane begins a cache line

int64_t PaddedGrid::size(int64_t channels) const { return lead + channels * channel + kTail; }

void pad_channel(const float* volume, Int3 extent, int64_t element, int64_t channels,
                 float* padded) {
  const PaddedGrid grid(extent);
  const float* values = volume + element * voxels_of(extent);
  pad(extent, element + 1 == channels, padded + grid.lead + element * grid.channel,
      [&](int64_t from, float* row) { std::copy_n(values + from, extent[2], row); });
}

void pad_channel(const float* volume, Int3 extent, int64_t element, int64_t channels,
                 Bf16Pair* padded) {
  const PaddedGrid grid(extent);
  const float* first = volume + 2 * element * voxels_of(extent);
  const bool alone = 2 * element + 1 == channels;
  pad_pair({first, alone ? nullptr : first + voxels_of(extent), extent[2]}, extent,
           element + 1 == elements_of<Bf16Pair>(channels),
           padded + grid.lead + element * grid.channel);
}

void pack_conv_weight(const float* weight, int64_t in, int64_t out, float* packed) {
  pack_plainly(weight, in, out, packed);
}

void pack_conv_weight(const float* weight, int64_t in, int64_t out, Bf16Pair* packed) {
  pack_plainly(weight, in, out, packed);
}

void pack_conv_weight_mirrored(const float* weight, int64_t in, int64_t out, float* packed) {
  pack(out, in,
       [&](int64_t o, int64_t c, int64_t k) {
         return weight[(c * in + o) * kTaps + kTaps - 1 - k];
       },
       packed);
}

void planar_conv(const float* padded, const float* packed, const float* bias,
                 const PlanarConvShape& shape, int64_t z0, int64_t z1, float* out) {
  convolve(padded, packed, bias, shape, z0, z1, out);
}

void planar_conv(const Bf16Pair* padded, const Bf16Pair* packed, const float* bias,
                 const PlanarConvShape& shape, int64_t z0, int64_t z1, float* out) {
  convolve(padded, packed, bias, shape, z0, z1, out);
}

void planar_conv_products(const float* padded_in, const float* padded_gradient,
                          const PlanarConvShape& shape, int64_t c, int64_t first, double* weight) {
  const auto [depth, height, width] = shape.extent_dhw;
  const PaddedGrid grid(shape.extent_dhw);
  const WeightProducts products{padded_in + grid.lead + c * grid.channel,
                          padded_gradient + grid.lead + first * grid.channel,
                          grid,
                          depth,
                          height * grid.pitch - 2,
                          shape.in_channels * kTaps,
                          weight + (first * shape.in_channels + c) * kTaps};
  add_products_of(products, std::min(kConvBlock, shape.out_channels - first));
}

}  // namespace nmsw
