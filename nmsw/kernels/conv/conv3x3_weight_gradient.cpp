#include "nmsw/kernels/conv/conv3x3_weight_gradient.h"

#include <algorithm>

#include "nmsw/kernels/simd/vector_math.h"

namespace nmsw {
namespace {

constexpr int64_t kTaps = 27, kRowsOfTaps = 9;
/// Zeros behind each plane, so that the last vector of a run adds nothing more.
constexpr int64_t kTail = 4 * kLanes;

// A plane's rows follow each other with their padding, so that a tap is a shift of the whole plane.

int64_t in_lanes(int64_t floats) { return (floats + kLanes - 1) / kLanes * kLanes; }

/// Arguments of one call; with shorter vectors one call covers some of every sixteen voxels.
struct WeightProducts {
  const float* in;
  const float* gradient;
  PaddedGrid grid;
  int64_t depth, length, weight_stride;
  double* weight;
};

/// Accumulates one plane for all nine rows of taps.
template <class Floats, int64_t kOut>
NMSW_INLINE void add_plane(const float* in, const float* gradient, const WeightProducts& products,
                           Floats* totals) {
  const PaddedGrid& grid = products.grid;
  for (int64_t row = 0; row < kRowsOfTaps; ++row) {
    const float* from = in + row / 3 * grid.plane + row % 3 * grid.pitch;
    Floats sums[kOut][3];
    for (int64_t i = 0; i < kOut * 3; ++i) sums[i / 3][i % 3] = totals[row * kOut * 3 + i];
    for (int64_t p = 0; p < products.length; p += kLanes) {
      Floats values[3];
#pragma GCC unroll 3
      for (int64_t k = 0; k < 3; ++k) std::memcpy(&values[k], from + p + k, sizeof(values[k]));
#pragma GCC unroll 6
      for (int64_t o = 0; o < kOut; ++o) {
        Floats factor;
        std::memcpy(&factor, gradient + o * grid.channel + p, sizeof(factor));
#pragma GCC unroll 3
        for (int64_t k = 0; k < 3; ++k) sums[o][k] += factor * values[k];
      }
    }
    for (int64_t i = 0; i < kOut * 3; ++i) totals[row * kOut * 3 + i] = sums[i / 3][i % 3];
  }
}

template <class Floats, int64_t kOut>
NMSW_INLINE void add_products(const WeightProducts& products) {
  const PaddedGrid& grid = products.grid;
  Floats totals[kRowsOfTaps * kOut * 3] = {};
  for (int64_t z = 0; z < products.depth; ++z) {
    add_plane<Floats, kOut>(products.in + z * grid.plane,
                            products.gradient + (z + 1) * grid.plane + grid.pitch + 1, products,
                            totals);
  }
  for (int64_t row = 0; row < kRowsOfTaps; ++row) {
    for (int64_t o = 0; o < kOut; ++o) {
      for (int64_t k = 0; k < 3; ++k) {
        products.weight[o * products.weight_stride + row * 3 + k] +=
            sum_of_lanes(totals[(row * kOut + o) * 3 + k]);
      }
    }
  }
}

NMSW_WIDE_VECTORS
void add_wide(const WeightProducts& products, int64_t count) {
  switch (count) {
    case 1:
      return add_products<Lanes, 1>(products);
    case 2:
      return add_products<Lanes, 2>(products);
    case 3:
      return add_products<Lanes, 3>(products);
    case 4:
      return add_products<Lanes, 4>(products);
    case 5:
      return add_products<Lanes, 5>(products);
    default:
      return add_products<Lanes, kProductChannels>(products);
  }
}

/// With 16 registers: three channels by three taps, and the operands.
NMSW_HALF_VECTORS
void add_halves(const WeightProducts& products, int64_t count) {
  constexpr int64_t kTogether = 3;
  for (int64_t first = 0; first < count; first += kTogether) {
    for (int64_t lane = 0; lane < kLanes; lane += kHalfLanes) {
      WeightProducts part = products;
      part.in += lane;
      part.gradient += first * products.grid.channel + lane;
      part.weight += first * products.weight_stride;
      switch (count - first) {
        case 1:
          add_products<HalfLanes, 1>(part);
          break;
        case 2:
          add_products<HalfLanes, 2>(part);
          break;
        default:
          add_products<HalfLanes, kTogether>(part);
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

void pad_channel(const float* volume, Int3 extent, int64_t index, int64_t channels, float* padded) {
  const auto [depth, height, width] = extent;
  const PaddedGrid grid(extent);
  float* to = padded + grid.lead + index * grid.channel;
  const float* from = volume + index * depth * height * width;
  std::fill_n(to, grid.plane, 0.0F);
  for (int64_t z = 0; z < depth; ++z) {
    float* row = to + (z + 1) * grid.plane;
    std::fill_n(row, grid.pitch + 1, 0.0F);
    row += grid.pitch + 1;
    for (int64_t y = 0; y < height; ++y, row += grid.pitch, from += width) {
      std::copy_n(from, width, row);
      row[width] = row[width + 1] = 0;
    }
    std::fill(row, to + (z + 2) * grid.plane, 0.0F);
  }
  const bool last = index + 1 == channels;
  std::fill_n(to + (depth + 1) * grid.plane, grid.plane + (last ? kTail : 0), 0.0F);
}

void conv3x3_weight_gradient(const float* padded_in, const float* padded_gradient,
                             const ConvShape& shape, int64_t c, int64_t first, double* weight) {
  const auto [depth, height, width] = shape.extent_dhw;
  const PaddedGrid grid(shape.extent_dhw);
  const WeightProducts products{padded_in + grid.lead + c * grid.channel,
                                padded_gradient + grid.lead + first * grid.channel,
                                grid,
                                depth,
                                height * grid.pitch - 2,
                                shape.in_channels * kTaps,
                                weight + (first * shape.in_channels + c) * kTaps};
  (has_many_registers() ? add_wide : add_halves)(
      products, std::min(kProductChannels, shape.out_channels - first));
}

}  // namespace nmsw
