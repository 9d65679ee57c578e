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
  int64_t channels, channel_stride;
  /// Floats from a voxel to where the rows of taps begin, and their number.
  int64_t shifts[4];
  int64_t count;
};

/// Sums of kCount channels at even (0) and odd (1) x.
template <int64_t kCount, int64_t kLong>
NMSW_INLINE void sum_pair(const Rows& rows, const float* source, const float* weight,
                          const float* bias, float* out, int64_t out_channel) {
  Lanes even[kCount][kLong], odd[kCount][kLong];
  for (int64_t o = 0; o < kCount; ++o) {
    const float offset = bias == nullptr ? 0.0F : bias[o];
    for (int64_t v = 0; v < kLong; ++v) even[o][v] = odd[o][v] = Lanes{} + offset;
  }
  for (int64_t c = 0; c < rows.channels; ++c) {
    for (int64_t row = 0; row < rows.count; ++row) {
      const float* from = source + c * rows.channel_stride + rows.shifts[row];
      Lanes here[kLong], next[kLong];
#pragma GCC unroll 2
      for (int64_t v = 0; v < kLong; ++v) {
        std::memcpy(&here[v], from + v * kLanes, sizeof(Lanes));
        std::memcpy(&next[v], from + v * kLanes + 1, sizeof(Lanes));
      }
#pragma GCC unroll 5
      for (int64_t o = 0; o < kCount; ++o) {
#pragma GCC unroll 2
        for (int64_t v = 0; v < kLong; ++v) {
          even[o][v] += weight[o] * here[v];
          odd[o][v] += weight[kCount + o] * next[v];
          odd[o][v] += weight[2 * kCount + o] * here[v];
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
      std::memcpy(out + o * out_channel + 2 * v * kLanes, &first, sizeof(Lanes));
      std::memcpy(out + o * out_channel + (2 * v + 1) * kLanes, &second, sizeof(Lanes));
    }
  }
}

template <int64_t kCount>
NMSW_INLINE void sum_run(const Rows& rows, const float* source, int64_t length,
                         const float* weight, const float* bias, float* out, int64_t out_channel) {
  int64_t at = 0;
  for (; at + kLanes < length; at += kVectors * kLanes) {
    sum_pair<kCount, kVectors>(rows, source + at, weight, bias, out + 2 * at, out_channel);
  }
  if (at < length) sum_pair<kCount, 1>(rows, source + at, weight, bias, out + 2 * at, out_channel);
}

NMSW_EVERY_VECTOR_WIDTH
void sum_channels(const Rows& rows, const float* source, int64_t length, const float* weight,
                  const float* bias, int64_t count, float* out, int64_t out_channel) {
  switch (count) {
    case 1: return sum_run<1>(rows, source, length, weight, bias, out, out_channel);
    case 2: return sum_run<2>(rows, source, length, weight, bias, out, out_channel);
    case 3: return sum_run<3>(rows, source, length, weight, bias, out, out_channel);
    case 4: return sum_run<4>(rows, source, length, weight, bias, out, out_channel);
    default: return sum_run<kOut>(rows, source, length, weight, bias, out, out_channel);
  }
}

/// The rows of taps of one parity of z and y.
Rows rows_of(int64_t parity, int64_t channels, const PaddedGrid& grid) {
  Rows rows{channels, grid.channel, {}, 0};
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

}  // namespace

/// Block of output channels, parity of z and of y; then input channel, row of taps, the weights at
/// even x, at odd x of the next voxel and of the voxel itself, each for all channels of the block.
void pack_conv_transpose_weight(const float* weight, int64_t in, int64_t out, float* packed) {
  const int64_t block = block_of(out);
  for (int64_t first = 0; first < out; first += block) {
    const int64_t last = std::min(out, first + block);
    for (int64_t parity = 0; parity < 4; ++parity) {
      for (int64_t c = 0; c < in; ++c) {
        for (const AxisTap& d : axis_taps(parity / 2)) {
          for (const AxisTap& h : axis_taps(parity % 2)) {
            for (const AxisTap& w : kAxisTaps) {
              for (int64_t o = first; o < last; ++o) {
                *packed++ = weight[(c * out + o) * kTaps + (d.k * 3 + h.k) * 3 + w.k];
              }
            }
          }
        }
      }
    }
  }
}

void planar_conv_transpose(const float* padded, const float* packed, const float* bias,
                           const PlanarConvShape& shape, int64_t z0, int64_t z1, float* out) {
  const auto [depth, height, width] = shape.extent_dhw;
  const PaddedGrid grid(shape.extent_dhw);
  const int64_t block = block_of(shape.out_channels);
  const int64_t rows_at_once =
      std::clamp<int64_t>(kCachedFloats / (2 * shape.in_channels * grid.pitch) - 1, 1, height);
  const int64_t run_floats = 2 * (rows_at_once * grid.pitch + kVectors * kLanes);
  std::vector<float> sums(static_cast<size_t>(block * run_floats));
  for (int64_t z = z0; z < z1; ++z) {
    for (int64_t y0 = 0; y0 < height; y0 += rows_at_once) {
      const int64_t y1 = std::min(height, y0 + rows_at_once);
      const float* source = padded + grid.lead + (z + 1) * grid.plane + (y0 + 1) * grid.pitch + 1;
      const float* weight = packed;
      for (int64_t first = 0; first < shape.out_channels; first += block) {
        const int64_t count = std::min(block, shape.out_channels - first);
        for (int64_t parity = 0; parity < 4; ++parity) {
          const Rows rows = rows_of(parity, shape.in_channels, grid);
          sum_channels(rows, source, (y1 - y0) * grid.pitch - 2, weight,
                       bias == nullptr ? nullptr : bias + first, count, sums.data(), run_floats);
          weight += shape.in_channels * rows.count * 3 * count;
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

}  // namespace nmsw
