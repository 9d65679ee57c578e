#pragma once

#include "nmsw/kernels/simd/wide_math.h"

namespace nmsw {

// gelu(x) = x · Φ(x) with Φ the normal distribution (METHOD 1.2), where Φ(x) − 1/2 is approximated.
// With sixteen lanes the functions are for those marked NMSW_WIDE_VECTORS alone.

/// Polynomials in |x| for Φ(|x|) − 1/2, one for each sixteenth of 0 … limit: a vector's lanes look
/// their coefficients up in registers.
struct GeluPieces {
  static constexpr int64_t kPieces = kLanes, kMostDegree = 3;
  /// Through Chebyshev's nodes of each piece; the last one ends at 1/2.
  GeluPieces(int64_t degree, double limit);
  Lanes coefficients[kMostDegree + 1];
  /// The piece of |x| is the whole part of |x| · in_piece, which is less than kPieces.
  float limit, in_piece;
};

/// Pieces for |error| ≤ 1.5e-6 · |x|, and for what is rounded to bfloat16 afterwards.
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
  // Rounded down to a whole number, whose last four bits are what the permutations look at.
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

/// |error| ≤ 1.5e-6 · |x|. Elsewhere x times a quotient of polynomials in x², fitted to |x| ≤ 4.7
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

/// For what is rounded to bfloat16 afterwards: |error| ≤ 5e-5 · max(1, |x|). Elsewhere x times a
/// polynomial in x², fitted to |x| ≤ 4.
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
