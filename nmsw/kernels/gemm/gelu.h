#pragma once

#include "nmsw/kernels/simd/wide_math.h"

namespace nmsw {

// gelu(x) = x · Φ(x) with Φ the standard normal CDF (METHOD 1.2); Φ(x) − 1/2 is approximated. With
// Lanes only in functions marked NMSW_WIDE_VECTORS.

/// Piecewise polynomials in |x| for Φ(|x|) − 1/2, one for each sixteenth of [0, limit]. A vector's
/// lanes look up their coefficients in registers (vpermps).
struct GeluPieces {
  static constexpr int64_t kPieces = kLanes, kMostDegree = 3;
  /// Interpolates at the Chebyshev nodes of each piece; the last piece is scaled to end at 1/2.
  GeluPieces(int64_t degree, double limit);
  Lanes coefficients[kMostDegree + 1];
  /// The piece of |x| is the integer part of |x| · in_piece, which is below kPieces.
  float limit, in_piece;
};

/// For |error| ≤ 1.5e-6 · |x|, and for results that are rounded to bfloat16.
extern const GeluPieces kGeluPieces, kRoughGeluPieces;

#if defined(__x86_64__) && defined(__linux__)
template <int64_t kDegree>
NMSW_INLINE void gelu_by_pieces(const GeluPieces& pieces, Lanes& x) {
  constexpr int32_t kSizeBits = INT32_MAX;
  IntLanes bits;
  std::memcpy(&bits, &x, sizeof(bits));
  bits &= kSizeBits;
  Lanes size, z;
  std::memcpy(&size, &bits, sizeof(size));
  clamp(size, pieces.limit, z);
  // FMA with rounding towards −∞: the low four bits are the index that vpermps reads.
  Lanes piece = Lanes{} + 12582912.0F;
  const Lanes in_piece = Lanes{} + pieces.in_piece, at = z;
  asm("vfmadd231ps %{rd-sae%}, %2, %1, %0" : "+v"(piece) : "v"(at), "v"(in_piece));
  Lanes sum{};
#pragma GCC unroll 4
  for (int64_t power = kDegree; power >= 0; --power) {
    Lanes coefficient;
    asm("vpermps %2, %1, %0" : "=v"(coefficient) : "v"(piece), "m"(pieces.coefficients[power]));
    sum = power == kDegree ? coefficient : sum * z + coefficient;
  }
  x = x * 0.5F + size * sum;
}
#endif

/// |error| ≤ 1.5e-6 · |x|. Without AVX-512 x times a rational function of x², fitted to |x| ≤ 4.7
/// with 1/2 at its end.
template <class Floats>
NMSW_INLINE void gelu(Floats& x) {
#if defined(__x86_64__) && defined(__linux__)
  if constexpr (kIsWide<Floats>) return gelu_by_pieces<3>(kGeluPieces, x);
#endif
  Floats z;
  clamp(x, 4.7F, z);
  const Floats square = z * z;
  Floats above = square * 3.268916164e-5F + 3.806394299e-3F;
  above = above * square + 2.747202662e-2F;
  above = above * square + 3.989384465e-1F;
  Floats below = square * 1.152090283e-3F + 2.378236776e-2F;
  below = below * square + 2.355176746e-1F;
  below = below * square + 1.0F;
  x = x * 0.5F + x * (z * above / below);
}

/// For results that are rounded to bfloat16: |error| ≤ 5e-5 · max(1, |x|). Without AVX-512 x times
/// a polynomial in x², fitted to |x| ≤ 4.
template <class Floats>
NMSW_INLINE void rough_gelu(Floats& x) {
#if defined(__x86_64__) && defined(__linux__)
  if constexpr (kIsWide<Floats>) return gelu_by_pieces<2>(kRoughGeluPieces, x);
#endif
  Floats z;
  clamp(x, 4.0F, z);
  const Floats square = z * z;
  Floats sum = square * -1.301286553e-9F + 1.041955639e-7F;
  sum = sum * square - 3.657121185e-6F;
  sum = sum * square + 7.485490167e-5F;
  sum = sum * square - 1.006489447e-3F;
  sum = sum * square + 9.505395085e-3F;
  sum = sum * square - 6.588783827e-2F;
  sum = sum * square + 3.986733922e-1F;
  x = x * (sum * z + 0.5F);
}

}  // namespace nmsw
