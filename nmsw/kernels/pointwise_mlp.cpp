#include "nmsw/kernels/pointwise_mlp.h"

#include <algorithm>

#include "nmsw/kernels/vector_math.h"

namespace nmsw {
namespace {

constexpr int64_t kVectors = 4;
/// Voxels of a tile.
constexpr int64_t kTile = kVectors * kLanes;
/// Rows of a product that are summed together: with four vectors each they fill the registers.
constexpr int64_t kRows = 6;

/// Rows first … first+kCount-1 of weight · tile + bias; `weight` is packed, its tile [in][kTile].
template <int64_t kCount>
NMSW_INLINE void multiply(const float* weight, const float* bias, const float* tile, int64_t in,
                          Lanes (&sums)[kCount][kVectors]) {
  for (int64_t row = 0; row < kCount; ++row) {
    for (int64_t v = 0; v < kVectors; ++v) sums[row][v] = Lanes{} + bias[row];
  }
  for (int64_t c = 0; c < in; ++c) {
    Lanes values[kVectors];
#pragma GCC unroll 4
    for (int64_t v = 0; v < kVectors; ++v) {
      std::memcpy(&values[v], tile + c * kTile + v * kLanes, sizeof(Lanes));
    }
#pragma GCC unroll 6
    for (int64_t row = 0; row < kCount; ++row) {
#pragma GCC unroll 4
      for (int64_t v = 0; v < kVectors; ++v) sums[row][v] += weight[row] * values[v];
    }
    weight += kCount;
  }
}

template <int64_t kCount>
NMSW_INLINE void expand_rows(const PointwiseMlp& mlp, int64_t first, const float* tile,
                             float* hidden) {
  Lanes sums[kCount][kVectors];
  multiply<kCount>(mlp.expand + first * mlp.in, mlp.expand_bias + first, tile, mlp.in, sums);
  for (int64_t row = 0; row < kCount; ++row) {
    for (int64_t v = 0; v < kVectors; ++v) {
      gelu(sums[row][v]);
      std::memcpy(hidden + (first + row) * kTile + v * kLanes, &sums[row][v], sizeof(Lanes));
    }
  }
}

template <int64_t kCount>
NMSW_INLINE void compress_rows(const PointwiseMlp& mlp, int64_t first, const float* hidden,
                               const float* residual, int64_t at, int64_t count, float* y) {
  Lanes sums[kCount][kVectors];
  multiply<kCount>(mlp.compress + first * mlp.hidden, mlp.compress_bias + first, hidden, mlp.hidden,
                   sums);
  for (int64_t row = 0; row < kCount; ++row) {
    const int64_t base = (first + row) * mlp.voxels + at;
    for (int64_t v = 0; v * kLanes < count; ++v) {
      const int64_t left = count - v * kLanes;
      Lanes values{};
      if (residual != nullptr) load_lanes(residual + base + v * kLanes, left, values);
      store_lanes(sums[row][v] + values, left, y + base + v * kLanes);
    }
  }
}

/// A whole tile; lanes behind the last voxel hold zeros that nobody reads.
NMSW_EVERY_VECTOR_WIDTH
void run_tile(const PointwiseMlp& mlp, const float* x, const float* residual, int64_t at,
              int64_t count, float* tile, float* hidden, float* y) {
  for (int64_t c = 0; c < mlp.in; ++c) {
    const float scale = mlp.scale == nullptr ? 1.0F : mlp.scale[c];
    const float offset = mlp.offset == nullptr ? 0.0F : mlp.offset[c];
    for (int64_t v = 0; v < kVectors; ++v) {
      Lanes values{};
      if (v * kLanes < count) {
        load_lanes(x + c * mlp.voxels + at + v * kLanes, count - v * kLanes, values);
      }
      values = values * scale + offset;
      std::memcpy(tile + c * kTile + v * kLanes, &values, sizeof(Lanes));
    }
  }
  int64_t row = 0;
  for (; row + kRows <= mlp.hidden; row += kRows) expand_rows<kRows>(mlp, row, tile, hidden);
  for (; row + 2 <= mlp.hidden; row += 2) expand_rows<2>(mlp, row, tile, hidden);
  for (; row < mlp.hidden; ++row) expand_rows<1>(mlp, row, tile, hidden);
  for (row = 0; row + kRows <= mlp.out; row += kRows) {
    compress_rows<kRows>(mlp, row, hidden, residual, at, count, y);
  }
  for (; row + 2 <= mlp.out; row += 2) {
    compress_rows<2>(mlp, row, hidden, residual, at, count, y);
  }
  for (; row < mlp.out; ++row) compress_rows<1>(mlp, row, hidden, residual, at, count, y);
}

}  // namespace

void pack_pointwise_weight(const float* weight, int64_t in, int64_t out, float* packed) {
  for (int64_t first = 0; first < out;) {
    const int64_t left = out - first, rows = left >= kRows ? kRows : left >= 2 ? 2 : 1;
    for (int64_t c = 0; c < in; ++c) {
      for (int64_t row = 0; row < rows; ++row) *packed++ = weight[(first + row) * in + c];
    }
    first += rows;
  }
}

int64_t pointwise_mlp_scratch(const PointwiseMlp& mlp) { return (mlp.in + mlp.hidden) * kTile; }

void pointwise_mlp(const PointwiseMlp& mlp, const float* x, const float* residual, int64_t begin,
                   int64_t end, float* scratch, float* y) {
  for (int64_t at = begin; at < end; at += kTile) {
    run_tile(mlp, x, residual, at, std::min(kTile, end - at), scratch, scratch + mlp.in * kTile, y);
  }
}

}  // namespace nmsw
