#include "nmsw/kernels/planar_conv_transpose.h"

#include <algorithm>
#include <vector>

#include "nmsw/kernels/parity_taps.h"
#include "nmsw/kernels/vector_math.h"

namespace nmsw {
namespace {

constexpr int64_t kTaps = 27;
/// Output channels that are summed together, and vectors of each: two sums of each fill the
/// registers.
constexpr int64_t kOut = 5;
constexpr int64_t kVectors = 2;
/// Input that is read again for every block and parity should stay in the second cache.
constexpr int64_t kCachedFloats = 96 * 1024;

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
    case 1: return sum_run<Products, 1>(run);
    case 2: return sum_run<Products, 2>(run);
    case 3: return sum_run<Products, 3>(run);
    case 4: return sum_run<Products, 4>(run);
    default: return sum_run<Products, kOut>(run);
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
Rows rows_of(int64_t parity, int64_t elements, const PaddedGrid& grid) {
  Rows rows{elements, grid.channel, {}, 0};
  for (const AxisTap& d : axis_taps(parity / 2)) {
    for (const AxisTap& h : axis_taps(parity % 2)) {
      rows.shifts[rows.count++] = d.shift * grid.plane + h.shift * grid.pitch;
    }
  }
  return rows;
}

int64_t block_of(int64_t channels) {
  const int64_t blocks = (channels + kOut - 1) / kOut;
  return (channels + blocks - 1) / blocks;
}

/// Block of output channels, parity of z and of y; then input channel or pair, row of taps, the
/// weights at even x, at odd x of the next voxel and of the voxel itself, each for all channels of the
/// block.
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
void convolve(const Element* padded, const Element* packed, const float* bias,
              const PlanarConvShape& shape, int64_t z0, int64_t z1, float* out) {
  const auto [depth, height, width] = shape.extent_dhw;
  const PaddedGrid grid(shape.extent_dhw);
  const int64_t block = block_of(shape.out_channels);
  const int64_t elements = elements_of<Element>(shape.in_channels);
  const int64_t rows_at_once =
      std::clamp<int64_t>(kCachedFloats / (2 * elements * grid.pitch) - 1, 1, height);
  const int64_t run_floats = 2 * (rows_at_once * grid.pitch + kVectors * kLanes);
  std::vector<float> sums(static_cast<size_t>(block * run_floats));
  for (int64_t z = z0; z < z1; ++z) {
    for (int64_t y0 = 0; y0 < height; y0 += rows_at_once) {
      const int64_t y1 = std::min(height, y0 + rows_at_once);
      const Element* source = padded + grid.lead + (z + 1) * grid.plane + (y0 + 1) * grid.pitch + 1;
      const Element* weight = packed;
      for (int64_t first = 0; first < shape.out_channels; first += block) {
        const int64_t count = std::min(block, shape.out_channels - first);
        for (int64_t parity = 0; parity < 4; ++parity) {
          const TransposedRun<Element> run{rows_of(parity, elements, grid),
                                           source,
                                           (y1 - y0) * grid.pitch - 2,
                                           weight,
                                           bias == nullptr ? nullptr : bias + first,
                                           sums.data(),
                                           run_floats};
          sum_run_of(run, count);
          weight += elements * run.rows.count * 3 * count;
          for (int64_t o = 0; o < count; ++o) {
            const int64_t plane = (first + o) * 2 * depth + 2 * z + parity / 2;
            for (int64_t y = y0; y < y1; ++y) {
              std::copy_n(sums.data() + o * run_floats + 2 * (y - y0) * grid.pitch, 2 * width,
                          out + (plane * 2 * height + 2 * y + parity % 2) * 2 * width);
            }
          }
        }
      }
    }
  }
}

}  // namespace

void pack_conv_transpose_weight(const float* weight, int64_t in, int64_t out, float* packed) {
  pack(weight, in, out, packed);
}

void pack_conv_transpose_weight(const float* weight, int64_t in, int64_t out, Bf16Pair* packed) {
  pack(weight, in, out, packed);
}

void planar_conv_transpose(const float* padded, const float* packed, const float* bias,
                           const PlanarConvShape& shape, int64_t z0, int64_t z1, float* out) {
  convolve(padded, packed, bias, shape, z0, z1, out);
}

void planar_conv_transpose(const Bf16Pair* padded, const Bf16Pair* packed, const float* bias,
                           const PlanarConvShape& shape, int64_t z0, int64_t z1, float* out) {
  convolve(padded, packed, bias, shape, z0, z1, out);
}

}  // namespace nmsw
