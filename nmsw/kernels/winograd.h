#pragma once

#include <cstdint>
#include <type_traits>

#include "nmsw/kernels/products.h"

namespace nmsw {

/// Minimal filtering F(m,3) along one axis (Winograd 1980; Lavin and Gray 2016, Eq. 5, 13): m
/// outputs of a filter of three weights, y[i] = Σ_k g[k] · d[i+k], by m + 2 products instead of 3m:
/// y = Aᵀ(Gg ∘ Bᵀd). The polynomials' points are 0, 1, −1, (2, −2) and infinity.
template <int64_t kOutputs>
struct Winograd;

template <>
struct Winograd<2> {
  static constexpr int64_t kOutputs = 2, kParts = 4;

  NMSW_INLINE static void transform_input(const Lanes (&d)[kParts], Lanes (&to)[kParts]) {
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
  NMSW_INLINE static void transform_output(const Lanes (&p)[kParts], Lanes (&to)[kOutputs]) {
    to[0] = p[0] + p[1] + p[2];
    to[1] = p[1] - p[2] - p[3];
  }
};

template <>
struct Winograd<4> {
  static constexpr int64_t kOutputs = 4, kParts = 6;

  NMSW_INLINE static void transform_input(const Lanes (&d)[kParts], Lanes (&to)[kParts]) {
    const Lanes even = d[4] - 4.0F * d[2], odd = d[3] - 4.0F * d[1];
    const Lanes low = d[4] - d[2], high = 2.0F * (d[3] - d[1]);
    to[0] = 4.0F * d[0] - 5.0F * d[2] + d[4];
    to[1] = even + odd;
    to[2] = even - odd;
    to[3] = low + high;
    to[4] = low - high;
    to[5] = 4.0F * d[1] - 5.0F * d[3] + d[5];
  }
  static void transform_weight(float a, float b, float c, float (&to)[kParts]) {
    to[0] = a / 4;
    to[1] = -(a + b + c) / 6;
    to[2] = -(a - b + c) / 6;
    to[3] = (a + 2 * b + 4 * c) / 24;
    to[4] = (a - 2 * b + 4 * c) / 24;
    to[5] = c;
  }
  NMSW_INLINE static void transform_output(const Lanes (&p)[kParts], Lanes (&to)[kOutputs]) {
    const Lanes near = p[1] + p[2], far = p[3] + p[4];
    const Lanes near_odd = p[1] - p[2], far_odd = p[3] - p[4];
    to[0] = p[0] + near + far;
    to[1] = near_odd + 2.0F * far_odd;
    to[2] = near + 4.0F * far;
    to[3] = near_odd + 8.0F * far_odd + p[5];
  }
};

/// Along z. Four outputs at once cost a digit that no label needs in float32, but too much where
/// the parts of the input are rounded to bfloat16.
template <class Element>
using WinogradZ = Winograd<std::is_same_v<Element, float> ? 4 : 2>;
/// Along y.
using WinogradY = Winograd<2>;

}  // namespace nmsw
