#include "nmsw/kernels/conv/depthwise_conv.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <vector>

#include "nmsw/kernels/conv/depthwise_planes.h"
#include "nmsw/kernels/conv/stride2_taps.h"
#include "nmsw/kernels/conv/vector_sums.h"
#include "nmsw/kernels/norm/norm_activation.h"
#include "nmsw/kernels/simd/prefetch.h"
#include "nmsw/kernels/simd/shuffle.h"
#include "nmsw/kernels/simd/vector_math.h"

namespace nmsw {
namespace {

/// Rows of a register block: a row that is loaded serves up to three of them.
constexpr int64_t kRowsTogether = 4;

struct RowSums {
  std::array<const float*, 3> planes;  ///< at the first taps of the first row and column
  int64_t pitch;
  const float* weight;
  float bias;
  float* out;
  int64_t out_pitch, left;  ///< columns left
  const float* ahead;       ///< the next input plane, to be prefetched; or null
};

template <class Floats, int64_t kRows>
NMSW_INLINE void sum_rows(const RowSums& rows) {
  constexpr int64_t kVectors = 2, kWide = kNumbersIn<Floats>;
  Floats sums[kRows][kVectors];
  for (int64_t o = 0; o < kRows; ++o) {
    for (int64_t v = 0; v < kVectors; ++v) sums[o][v] = Floats{} + rows.bias;
  }
  for (int64_t d = 0; d < 3; ++d) {
    for (int64_t w = 0; w < 3; ++w) {
      const float* from = rows.planes[static_cast<size_t>(d)] + w;
      const float* weight = rows.weight + d * kPlaneTaps + w;
      const float taps[3] = {weight[0], weight[3], weight[6]};
#pragma GCC unroll 6
      for (int64_t r = 0; r < kRows + 2; ++r) {
        Floats values[kVectors];
        for (int64_t v = 0; v < kVectors; ++v) {
          std::memcpy(&values[v], from + r * rows.pitch + v * kWide, sizeof(values[v]));
        }
#pragma GCC unroll 3
        for (int64_t h = 0; h < 3; ++h) {
          if (r < h || r - h >= kRows) continue;
          for (int64_t v = 0; v < kVectors; ++v) sums[r - h][v] += taps[h] * values[v];
        }
      }
    }
  }
  for (int64_t o = 0; o < kRows; ++o) {
    for (int64_t at = 0; at < std::min(rows.left, kVectors * kWide); at += kLanes) {
      Lanes values;
      std::memcpy(&values, reinterpret_cast<const float*>(sums[o]) + at, sizeof(values));
      store_lanes(values, rows.left - at, rows.out + o * rows.out_pitch + at);
    }
  }
}

/// Prefetches for the block of rows after the one at `at`: the same rows of the next input plane,
/// and the output rows below.
template <int64_t kColumns, int64_t kRows>
NMSW_INLINE void prefetch_block(const RowSums& rows, int64_t at) {
  for (int64_t row = 0; row < kRows; ++row) {
    for (int64_t i = 0; i < kColumns; i += kLanes) {
      const int64_t to = row * rows.out_pitch + i;
      if (rows.ahead != nullptr) __builtin_prefetch(rows.ahead + at + to, kToRead, kSecondCache);
      __builtin_prefetch(rows.out + kRows * rows.out_pitch + to, kToWrite, kFirstCache);
    }
  }
}

/// One plane of the convolution with stride 1.
template <class Floats>
NMSW_INLINE void sum_plane(const RowSums& first, int64_t height, int64_t width) {
  constexpr int64_t kColumns = 2 * kNumbersIn<Floats>, kRows = kRowsTogether;
  for (int64_t y = 0; y < height;) {
    const bool many = y + kRows <= height;
    for (int64_t x = 0; x < width; x += kColumns) {
      RowSums rows = first;
      for (const float*& plane : rows.planes) plane += y * first.pitch + x;
      rows.out += y * first.out_pitch + x;
      rows.left = width - x;
      if (many) prefetch_block<kColumns, kRows>(rows, y * first.out_pitch + x);
      many ? sum_rows<Floats, kRows>(rows) : sum_rows<Floats, 1>(rows);
    }
    y += many ? kRows : 1;
  }
}

NMSW_BY_WIDTH(sum_any_plane, sum_plane, (const RowSums& first, int64_t height, int64_t width),
              (first, height, width))

/// Statistics of plane z of a volume, where they are wanted.
void find_moments(const float* volume, const Int3& extent_dhw, int64_t z, MomentSums* moments) {
  const int64_t voxels = extent_dhw[1] * extent_dhw[2];
  if (moments != nullptr) moments[z] = moment_sums(volume + z * voxels, voxels);
}

/// Rows of even and odd columns, `from_pitch` floats apart, to be interleaved into rows of `width`.
struct InterleavedRows {
  const float* even;
  const float* odd;
  int64_t from_pitch, count, width;
  float* to;
  int64_t to_pitch;
};

template <class Floats>
NMSW_INLINE void turn_rows(const InterleavedRows& rows) {
  constexpr int64_t kWide = kNumbersIn<Floats>;
  for (int64_t m = 0; m < rows.count; ++m) {
    const float *even = rows.even + m * rows.from_pitch, *odd = rows.odd + m * rows.from_pitch;
    float* to = rows.to + m * rows.to_pitch;
    for (int64_t x = 0; x < rows.width; x += 2 * kWide) {
      __builtin_prefetch(to + rows.to_pitch + x, kToWrite, kFirstCache);
      __builtin_prefetch(to + rows.to_pitch + x + kWide, kToWrite, kFirstCache);
      Floats evens, odds, turns[2];
      std::memcpy(&evens, even + x / 2, sizeof(evens));
      std::memcpy(&odds, odd + x / 2, sizeof(odds));
      interleave(evens, odds, turns);
      store_lanes(turns[0], rows.width - x, to + x);
      if (rows.width - x > kWide) store_lanes(turns[1], rows.width - x - kWide, to + x + kWide);
    }
  }
}

NMSW_BY_WIDTH(turn_any_rows, turn_rows, (const InterleavedRows& rows), (rows))

void scatter_by_two(const float* coarse, const float* weight, float bias,
                    const DepthwiseGrids& grids, int64_t z0, int64_t z1, float* fine,
                    MomentSums* moments) {
  const auto [depth, height, width] = grids.fine_dhw;
  CoarsePlanes planes(coarse, grids.coarse_dhw);
  // Sums at even and odd columns, with room for what a row's last vector reads beyond its end.
  std::array<std::vector<float>, 2> sums;
  for (auto& part : sums) part.resize(static_cast<size_t>(in_blocks(planes.length()) + kLanes));
  for (int64_t z = z0; z < z1; ++z) {
    for (int64_t py = 0; py < std::min<int64_t>(2, height); ++py) {
      for (int64_t px = 0; px < 2; ++px) {
        std::array<const float*, 8> sources{};
        std::array<float, 8> weights{};
        size_t count = 0;
        for (const AxisTap& d : axis_taps(z % 2)) {
          const float* plane = planes.load(z / 2 + d.shift);
          for (const AxisTap& h : axis_taps(py)) {
            for (const AxisTap& w : axis_taps(px)) {
              sources[count] = plane + h.shift * planes.pitch() + w.shift;
              weights[count++] = weight[(d.k * 3 + h.k) * 3 + w.k];
            }
          }
        }
        weighted_sum(sources.data(), weights.data(), static_cast<int64_t>(count), bias,
                     planes.length(), sums[static_cast<size_t>(px)].data());
      }
      turn_any_rows({sums[0].data(), sums[1].data(), planes.pitch(), (height - py + 1) / 2, width,
                     fine + (z * height + py) * width, 2 * width});
    }
    find_moments(fine, grids.fine_dhw, z, moments);
  }
}

}  // namespace

DepthwiseGrids depthwise_grids(Int3 fine, int64_t stride) {
  DepthwiseGrids grids{fine, fine, stride};
  for (int64_t& size : grids.coarse_dhw) size = (size + stride - 1) / stride;
  return grids;
}

void depthwise_gather(const float* fine, const float* weight, float bias,
                      const DepthwiseGrids& grids, int64_t z0, int64_t z1, float* coarse,
                      MomentSums* moments) {
  const auto [depth, height, width] = grids.coarse_dhw;
  FinePlanes planes(fine, grids);
  if (grids.stride == 1) {
    for (int64_t z = z0; z < z1; ++z) {
      const float* ahead = z + 2 < depth ? fine + (z + 2) * height * width : nullptr;
      sum_any_plane({planes.around(z), planes.pitch(), weight, bias, coarse + z * height * width,
                     width, width, ahead},
                    height, width);
      find_moments(coarse, grids.coarse_dhw, z, moments);
    }
    return;
  }
  std::vector<float> sums(static_cast<size_t>(in_blocks(planes.length())));
  for (int64_t z = z0; z < z1; ++z) {
    weighted_sum(planes.taps(z), weight, kVolumeTaps, bias, planes.length(), sums.data());
    for (int64_t y = 0; y < height; ++y) {
      std::copy_n(sums.data() + y * planes.pitch(), width, coarse + (z * height + y) * width);
    }
    find_moments(coarse, grids.coarse_dhw, z, moments);
  }
}

void depthwise_scatter(const float* coarse, const float* weight, float bias,
                       const DepthwiseGrids& grids, int64_t z0, int64_t z1, float* fine,
                       MomentSums* moments) {
  if (grids.stride == 2) {
    scatter_by_two(coarse, weight, bias, grids, z0, z1, fine, moments);
    return;
  }
  std::array<float, kVolumeTaps> mirrored;
  std::reverse_copy(weight, weight + kVolumeTaps, mirrored.begin());
  depthwise_gather(coarse, mirrored.data(), bias, grids, z0, z1, fine, moments);
}

void depthwise_products(const float* fine, const float* coarse, const DepthwiseGrids& grids,
                        double* weight) {
  const auto [depth, height, width] = grids.coarse_dhw;
  FinePlanes planes(fine, grids);
  std::vector<float> factor(static_cast<size_t>(in_blocks(planes.length())), 0.0F);
  std::array<LaneSums, kVolumeTaps> sums{};
  for (int64_t z = 0; z < depth; ++z) {
    for (int64_t y = 0; y < height; ++y) {
      std::copy_n(coarse + (z * height + y) * width, width, factor.data() + y * planes.pitch());
    }
    const float* const* taps = planes.taps(z);
    for (size_t k = 0; k < kVolumeTaps; k += kProducts) {
      add_products(factor.data(), taps + k, planes.length(), sums.data() + k);
    }
  }
  for (size_t k = 0; k < kVolumeTaps; ++k)
    weight[k] += std::accumulate(sums[k].begin(), sums[k].end(), 0.0);
}

}  // namespace nmsw
