#pragma once

#include <cstdint>

#include "nmsw/kernels/simd/fma_products.h"

namespace nmsw {

/// Minimal filtering F(m,3) along one axis (Winograd 1980; Lavin and Gray 2016, Eq. 5, 13): m
/// outputs of a filter of three weights, y[i] = Σ_k g[k] · d[i+k], by m + 2 products instead of 3m:
/// y = Aᵀ(Gg ∘ Bᵀd). The points are 0, infinity, and ±1 or ±2/3 and ±3/2.
template <int64_t kOutputs>
struct Winograd;

template <>
struct Winograd<2> {
  static constexpr int64_t kOutputs = 2, kParts = 4;

  template <class Floats>
  NMSW_INLINE static void transform_input(const Floats (&d)[kParts], Floats (&to)[kParts]) {
    to[0] = d[0] - d[2];
    to[1] = d[1] + d[2];
    to[2] = d[2] - d[1];
    to[3] = d[1] - d[3];
  }
  static void transform_weight(float a, float b, float c, float (&to)[kParts]) {
    to[0] = a;
    to[1] = 0.5F * (a + b + c);
    to[2] = 0.5F * (a - b + c);
    to[3] = c;
  }
  template <class Floats>
  NMSW_INLINE static void transform_output(const Floats (&p)[kParts], Floats (&to)[kOutputs]) {
    to[0] = p[0] + p[1] + p[2];
    to[1] = p[1] - p[2] - p[3];
  }
};

template <>
struct Winograd<4> {
  static constexpr int64_t kOutputs = 4, kParts = 6;

  template <class Floats>
  NMSW_INLINE static void transform_input(const Floats (&d)[kParts], Floats (&to)[kParts]) {
    const Floats even = d[4] - kFar2 * d[2], odd = d[3] - kFar2 * d[1];
    const Floats low = d[4] - kNear2 * d[2], high = d[3] - kNear2 * d[1];
    to[0] = d[4] - (kNear2 + kFar2) * d[2] + d[0];
    to[1] = even + kNear * odd;
    to[2] = even - kNear * odd;
    to[3] = low + kFar * high;
    to[4] = low - kFar * high;
    to[5] = d[5] - (kNear2 + kFar2) * d[3] + d[1];
  }
  static void transform_weight(float a, float b, float c, float (&to)[kParts]) {
    constexpr float near = 1 / (2 * kNear2 * (kNear2 - kFar2));
    constexpr float far = 1 / (2 * kFar2 * (kFar2 - kNear2));
    to[0] = a;
    to[1] = near * (a + kNear * b + kNear2 * c);
    to[2] = near * (a - kNear * b + kNear2 * c);
    to[3] = far * (a + kFar * b + kFar2 * c);
    to[4] = far * (a - kFar * b + kFar2 * c);
    to[5] = c;
  }
  template <class Floats>
  NMSW_INLINE static void transform_output(const Floats (&p)[kParts], Floats (&to)[kOutputs]) {
    const Floats near = p[1] + p[2], far = p[3] + p[4];
    const Floats near_odd = kNear * (p[1] - p[2]), far_odd = kFar * (p[3] - p[4]);
    to[0] = p[0] + near + far;
    to[1] = near_odd + far_odd;
    to[2] = kNear2 * near + kFar2 * far;
    to[3] = kNear2 * near_odd + kFar2 * far_odd + p[5];
  }

 private:
  /// With these points rounding to bfloat16 costs two thirds of the error of 1 and 2. Their product
  /// is 1.
  static constexpr float kNear = 2.0F / 3, kFar = 1.5F;
  static constexpr float kNear2 = kNear * kNear, kFar2 = kFar * kFar;
};

/// The filters along z and along y.
using WinogradZ = Winograd<4>;
using WinogradY = Winograd<2>;

}  // namespace nmsw
