#include "nmsw/kernels/planar_conv_products.h"

#include <algorithm>

#include "nmsw/kernels/vector_math.h"

namespace nmsw {
namespace {

constexpr int64_t kTaps = 27, kRowsOfTaps = 9;
/// Zeros behind each plane, so that a run that ends in the middle of a vector adds nothing more.
constexpr int64_t kTail = 4 * kLanes;

// A plane's rows follow each other with their padding, so that a tap is a shift of the whole plane.

int64_t in_lanes(int64_t floats) { return (floats + kLanes - 1) / kLanes * kLanes; }

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
    case 1:
      return add_products<1>(products);
    case 2:
      return add_products<2>(products);
    case 3:
      return add_products<3>(products);
    case 4:
      return add_products<4>(products);
    case 5:
      return add_products<5>(products);
    default:
      return add_products<kProductChannels>(products);
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
  add_products_of(products, std::min(kProductChannels, shape.out_channels - first));
}

}  // namespace nmsw
