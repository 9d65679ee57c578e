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
template <int64_t kOut, int64_t kVectors>
NMSW_INLINE void sum_taps(const float* source, const float* weight, int64_t channels,
                          const PaddedGrid& grid, Sums<kOut, kVectors>& sums) {
  for (int64_t c = 0; c < channels; ++c) {
    for (int64_t row = 0; row < kRowsOfTaps; ++row) {
      const float* from = source + c * grid.channel + row / 3 * grid.plane + row % 3 * grid.pitch;
#pragma GCC unroll 3
      for (int64_t k = 0; k < 3; ++k) {
        Lanes values[kVectors];
#pragma GCC unroll 4
        for (int64_t v = 0; v < kVectors; ++v) load_lanes(from + k + v * kLanes, kLanes, values[v]);
#pragma GCC unroll 6
        for (int64_t o = 0; o < kOut; ++o) {
#pragma GCC unroll 4
          for (int64_t v = 0; v < kVectors; ++v) sums.of[o][v] += weight[o] * values[v];
        }
        weight += kOut;
      }
    }
  }
}

struct Run {
  const float* source;
  const float* weight;
  const float* bias;
  int64_t channels;
  PaddedGrid grid;
  int64_t begin, end;
  float* out;
  int64_t out_channel;
};

template <int64_t kOut, int64_t kVectors>
NMSW_INLINE void sum_block(const Run& run, int64_t at) {
  Sums<kOut, kVectors> sums;
  for (int64_t o = 0; o < kOut; ++o) {
    const float offset = run.bias == nullptr ? 0.0F : run.bias[o];
    for (int64_t v = 0; v < kVectors; ++v) sums.of[o][v] = Lanes{} + offset;
  }
  sum_taps<kOut, kVectors>(run.source + at, run.weight, run.channels, run.grid, sums);
  for (int64_t o = 0; o < kOut; ++o) {
    std::memcpy(run.out + o * run.out_channel + at - run.begin, sums.of[o], sizeof(sums.of[o]));
  }
}

/// With sixteen registers of half the width, longer blocks would live in memory.
template <int64_t kOut>
NMSW_INLINE void sum_run(const Run& run, bool many_registers) {
  int64_t at = run.begin;
  if (many_registers) {
    for (; at + (kLongest - 1) * kLanes < run.end; at += kLongest * kLanes) {
      sum_block<kOut, kLongest>(run, at);
    }
  }
  for (; at < run.end; at += kLanes) sum_block<kOut, 1>(run, at);
}

NMSW_EVERY_VECTOR_WIDTH
void sum_channels(const Run& run, int64_t count, bool many_registers) {
  switch (count) {
    case 1: return sum_run<1>(run, many_registers);
    case 2: return sum_run<2>(run, many_registers);
    case 3: return sum_run<3>(run, many_registers);
    case 4: return sum_run<4>(run, many_registers);
    case 5: return sum_run<5>(run, many_registers);
    default: return sum_run<kConvBlock>(run, many_registers);
  }
}

bool has_many_registers() {
#if defined(__x86_64__) && defined(__linux__)
  static const bool many = __builtin_cpu_supports("avx512f") != 0;
  return many;
#else
  return false;
#endif
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

struct Products {
  const float* in;
  const float* gradient;
  PaddedGrid grid;
  int64_t depth, length, weight_stride;
  double* weight;
};

template <int64_t kOut>
NMSW_INLINE void add_products(const Products& products) {
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
void add_products_of(const Products& products, int64_t count) {
  switch (count) {
    case 1: return add_products<1>(products);
    case 2: return add_products<2>(products);
    case 3: return add_products<3>(products);
    case 4: return add_products<4>(products);
    case 5: return add_products<5>(products);
    default: return add_products<kConvBlock>(products);
  }
}

/// Block behind block; in a block input channel, tap, output channel.
template <class Weight>
void pack(int64_t in, int64_t out, Weight weight, float* packed) {
  const Blocks blocks(out);
  for (int64_t first = 0; first < out; first += blocks.longest) {
    const int64_t last = std::min(out, first + blocks.longest);
    for (int64_t c = 0; c < in; ++c) {
      for (int64_t k = 0; k < kTaps; ++k) {
        for (int64_t o = first; o < last; ++o) *packed++ = weight(o, c, k);
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

void pad_channel(const float* values, Int3 extent, int64_t channel, int64_t channels,
                 float* padded) {
  const auto [depth, height, width] = extent;
  const PaddedGrid grid(extent);
  float* to = padded + grid.lead + channel * grid.channel;
  std::fill_n(to, grid.plane, 0.0F);
  for (int64_t z = 0; z < depth; ++z) {
    float* row = to + (z + 1) * grid.plane;
    std::fill_n(row, grid.pitch + 1, 0.0F);
    row += grid.pitch + 1;
    for (int64_t y = 0; y < height; ++y, row += grid.pitch) {
      std::copy_n(values + (z * height + y) * width, width, row);
      row[width] = row[width + 1] = 0.0F;
    }
    std::fill(row, to + (z + 2) * grid.plane, 0.0F);
  }
  const bool last = channel + 1 == channels;
  std::fill_n(to + (depth + 1) * grid.plane, grid.plane + (last ? kTail : 0), 0.0F);
}

int64_t packed_conv_weight_size(int64_t in, int64_t out) { return in * out * kTaps; }

void pack_conv_weight(const float* weight, int64_t in, int64_t out, float* packed) {
  pack(in, out,
       [&](int64_t o, int64_t c, int64_t k) { return weight[(o * in + c) * kTaps + k]; }, packed);
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
  const auto [depth, height, width] = shape.extent_dhw;
  const PaddedGrid grid(shape.extent_dhw);
  const Blocks blocks(shape.out_channels);
  const int64_t rows = std::clamp<int64_t>(
      kCachedFloats / (3 * shape.in_channels * grid.pitch) - 2, 1, height);
  const int64_t run_floats = rows * grid.pitch + kTail;
  std::vector<float> sums(static_cast<size_t>(blocks.longest * run_floats));
  for (int64_t z = z0; z < z1; ++z) {
    for (int64_t y0 = 0; y0 < height; y0 += rows) {
      const int64_t y1 = std::min(height, y0 + rows);
      for (int64_t first = 0; first < shape.out_channels; first += blocks.longest) {
        const int64_t count = std::min(blocks.longest, shape.out_channels - first);
        const Run run{padded + grid.lead + z * grid.plane,
                      packed + first * shape.in_channels * kTaps,
                      bias == nullptr ? nullptr : bias + first,
                      shape.in_channels,
                      grid,
                      y0 * grid.pitch,
                      y1 * grid.pitch - 2,
                      sums.data(),
                      run_floats};
        sum_channels(run, count, has_many_registers());
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

void planar_conv_products(const float* padded_in, const float* padded_gradient,
                          const PlanarConvShape& shape, int64_t c, int64_t first, double* weight) {
  const auto [depth, height, width] = shape.extent_dhw;
  const PaddedGrid grid(shape.extent_dhw);
  const Products products{padded_in + grid.lead + c * grid.channel,
                          padded_gradient + grid.lead + first * grid.channel,
                          grid,
                          depth,
                          height * grid.pitch - 2,
                          shape.in_channels * kTaps,
                          weight + (first * shape.in_channels + c) * kTaps};
  add_products_of(products, std::min(kConvBlock, shape.out_channels - first));
}

}  // namespace nmsw
