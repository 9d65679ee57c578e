#pragma once

#include <algorithm>

#include "nmsw/kernels/simd/vector_width.h"

namespace nmsw {

// Minimal filtering F(2,2) (Winograd 1980) along one axis of a convolution with three weights a, b,
// c and stride 2: y[m] = a·x[2m−1] + b·x[2m] + c·x[2m+1]. Even and odd voxels are filtered apart,
// with one weight and with two. F(2,2) makes two outputs of the latter by three products instead of
// four, so two coarse voxels take five products instead of six. The points are 0, 1 and infinity.

/// Transformed weights: b; a, a + c, c.
inline constexpr int64_t kStride2Weights = 4;
inline void stride2_weights(float a, float b, float c, float (&to)[kStride2Weights]) {
  to[0] = b;
  to[1] = a;
  to[2] = a + c;
  to[3] = c;
}

/// Transformed weights along y and z of one tap along x: [y][z]. `weight` points at the first of
/// its nine weights, three floats apart.
inline void stride2_weights(const float* weight, float (&to)[kStride2Weights * kStride2Weights]) {
  float rows[3][kStride2Weights], deep[kStride2Weights];
  for (int64_t z = 0; z < 3; ++z) {
    const float* row = weight + z * 9;
    stride2_weights(row[0], row[3], row[6], rows[z]);
  }
  for (int64_t y = 0; y < kStride2Weights; ++y) {
    stride2_weights(rows[0][y], rows[1][y], rows[2][y], deep);
    std::copy_n(deep, kStride2Weights, to + y * kStride2Weights);
  }
}

inline constexpr int64_t kStride2Products = 5;

/// Two coarse voxels m, m+1 from the five fine ones 2m−1 … 2m+3.
struct WinogradHalving {
  static constexpr int64_t kCoarse = 2, kInputs = 5, kSums = 3;
  /// Products of the first voxel alone, of the second alone, and of both.
  static constexpr int64_t kSumBegin[kSums + 1] = {0, 2, 4, 5};
  static constexpr int64_t kWeightOf[kStride2Products] = {0, 1, 0, 3, 2};

  template <class Floats>
  NMSW_INLINE static void transform_input(const Floats (&d)[kInputs],
                                          Floats (&to)[kStride2Products]) {
    to[0] = d[1];
    to[1] = d[0] - d[2];
    to[2] = d[3];
    to[3] = d[4] - d[2];
    to[4] = d[2];
  }
  template <class Floats>
  NMSW_INLINE static void transform_output(const Floats (&sums)[kSums], Floats (&to)[kCoarse]) {
    to[0] = sums[0] + sums[2];
    to[1] = sums[1] + sums[2];
  }
};

/// The transpose: the four fine voxels 2m … 2m+3 from the coarse ones m, m+1, m+2, where x[2m] =
/// b·y[m] and x[2m+1] = c·y[m] + a·y[m+1].
struct WinogradDoubling {
  static constexpr int64_t kCoarse = 2, kInputs = 3, kParts = 4, kFine = 4;
  static constexpr int64_t kPartOf[kStride2Products] = {0, 1, 2, 1, 3};
  static constexpr int64_t kWeightOf[kStride2Products] = {0, 0, 3, 2, 1};

  template <class Floats>
  NMSW_INLINE static void transform_input(const Floats (&d)[kInputs], Floats (&to)[kParts]) {
    to[0] = d[0];
    to[1] = d[1];
    to[2] = d[0] - d[1];
    to[3] = d[2] - d[1];
  }
  template <class Floats>
  NMSW_INLINE static void transform_output(const Floats (&p)[kStride2Products],
                                           Floats (&to)[kFine]) {
    to[0] = p[0];
    to[1] = p[2] + p[3];
    to[2] = p[1];
    to[3] = p[3] + p[4];
  }
};

}  // namespace nmsw
