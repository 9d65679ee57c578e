#pragma once

#include <cstdint>
#include <cstring>

#include "nmsw/kernels/gemm/tile_products.h"
#include "nmsw/kernels/simd/wide_math.h"

namespace nmsw {

// Pointwise products with fewer multiplications, by Winograd's inner product (1968):
//   x₀·w₀ + x₁·w₁ = (x₀ + w₁)·(x₁ + w₀) − x₀·x₁ − w₀·w₁
// −Σ w₀·w₁ is computed when weights are packed, −Σ x₀·x₁ once for all rows. A pair of channels then
// costs one FMA and two additions instead of two FMAs, which pays where additions have units of
// their own: Instructions::amd_additions. Two of every three channels are paired, so that both kinds of
// unit are busy: three products take two FMAs and two additions. Cancellation is smallest where
// both factors are of one magnitude, so each row's weights are scaled by a power of two and its
// sums are scaled back.

/// Rows of a register block: with four vectors each, the values of two channels and two weights
/// they fill 32 registers.
inline constexpr int64_t kPairedRows = 4;
/// Channels of a group, the first two of which are paired. Those behind the last whole group are
/// not.
inline constexpr int64_t kPairedGroup = 3;

/// Numbers per row in front of the weights of a register block: −Σ w₀·w₁, the power of two, and its
/// inverse.
inline constexpr int64_t kPairedHeads = 3;

/// Packs [out,in], row-major, in the order of the products; writes (in + kPairedHeads) · out
/// floats.
void pack_paired_weight(const float* weight, int64_t in, int64_t out, float* packed);

/// Rows policy of pointwise_tile.cpp: products with one tile of values, by pairs.
template <class Floats>
class PairedRows {
 public:
  using Products = FloatProducts<Floats>;
  static constexpr int64_t kTogether = kPairedRows;

  NMSW_INLINE PairedRows(const float* values, int64_t channels)
      : values_(values), channels_(channels) {
    for (int64_t at = 0; at < kPointTile; at += kNumbersIn<Floats>) {
      Floats sum{};
      for (int64_t c = 0; c + kPairedGroup <= channels; c += kPairedGroup) {
        Floats first, second;
        std::memcpy(&first, values + c * kPointTile + at, sizeof(first));
        std::memcpy(&second, values + (c + 1) * kPointTile + at, sizeof(second));
        sum -= first * second;
      }
      std::memcpy(shared_ + at, &sum, sizeof(sum));
    }
  }

  static int64_t row_size(int64_t channels) { return channels + kPairedHeads; }

  /// kCount rows of weight · values + bias: finish(lane, sums [kCount][vectors]) takes the sums of
  /// some vectors of voxels, from `lane` of the tile on.
  template <int64_t kCount, class Finish>
  NMSW_INLINE void multiply(const float* weight, const float* bias, Finish finish) const {
    constexpr int64_t kVectors = kNumbersIn<Floats> == kLanes ? 4 : 2;
    constexpr int64_t kLength = kVectors * kNumbersIn<Floats>;
    for (int64_t lane = 0; lane < kPointTile; lane += kLength) {
      Floats sums[kCount][kVectors];
      start<kCount>(weight, bias, lane, sums);
      const float* from = values_ + lane;
      const float* next = weight + kPairedHeads * kCount;
      int64_t c = 0;
      for (; c + kPairedGroup <= channels_; c += kPairedGroup) {
        add_pair(next, from, sums);
        add_one(next + 2 * kCount, from + 2 * kPointTile, sums);
        from += kPairedGroup * kPointTile;
        next += kPairedGroup * kCount;
      }
      for (; c < channels_; ++c) {
        add_one(next, from, sums);
        from += kPointTile;
        next += kCount;
      }
#pragma GCC unroll 4
      for (int64_t row = 0; row < kCount; ++row) {
#pragma GCC unroll 4
        for (int64_t v = 0; v < kVectors; ++v) sums[row][v] *= weight[2 * kCount + row];
      }
      finish(lane, sums);
    }
  }

 private:
  /// On Zen 4 a 512-bit vbroadcastss takes the place of an addition, vpbroadcastd does not.
  NMSW_INLINE static void broadcast(const float* number, Floats& to) {
    if constexpr (kIsWide<Floats>) {
      Floats all;
      asm("vpbroadcastd %1, %0" : "=v"(all) : "m"(*number));
      to = all;
    } else {
      to = Floats{} + *number;
    }
  }

  template <int64_t kVectors>
  NMSW_INLINE static void load(const float* from, Floats (&vectors)[kVectors]) {
#pragma GCC unroll 4
    for (int64_t v = 0; v < kVectors; ++v) {
      std::memcpy(&vectors[v], from + v * kNumbersIn<Floats>, sizeof(vectors[v]));
    }
  }

  template <int64_t kCount, int64_t kVectors>
  NMSW_INLINE void start(const float* weight, const float* bias, int64_t lane,
                         Floats (&sums)[kCount][kVectors]) const {
    Floats shared[kVectors];
    load(shared_ + lane, shared);
#pragma GCC unroll 4
    for (int64_t row = 0; row < kCount; ++row) {
      const float first = bias[row] * weight[kCount + row] + weight[row];
#pragma GCC unroll 4
      for (int64_t v = 0; v < kVectors; ++v) sums[row][v] = shared[v] + first;
    }
  }

  template <int64_t kCount, int64_t kVectors>
  NMSW_INLINE static void add_pair(const float* weight, const float* from,
                                   Floats (&sums)[kCount][kVectors]) {
    Floats first[kVectors], second[kVectors];
    load(from, first);
    load(from + kPointTile, second);
#pragma GCC unroll 4
    for (int64_t row = 0; row < kCount; ++row) {
      Floats to_first, to_second;
      broadcast(weight + 2 * row, to_first);
      broadcast(weight + 2 * row + 1, to_second);
#pragma GCC unroll 4
      for (int64_t v = 0; v < kVectors; ++v) {
        sums[row][v] += (first[v] + to_first) * (second[v] + to_second);
      }
    }
  }

  template <int64_t kCount, int64_t kVectors>
  NMSW_INLINE static void add_one(const float* weight, const float* from,
                                  Floats (&sums)[kCount][kVectors]) {
    Floats vectors[kVectors];
    load(from, vectors);
#pragma GCC unroll 4
    for (int64_t row = 0; row < kCount; ++row) {
      Floats times;
      broadcast(weight + row, times);
#pragma GCC unroll 4
      for (int64_t v = 0; v < kVectors; ++v) sums[row][v] += vectors[v] * times;
    }
  }

  const float* values_;
  int64_t channels_;
  alignas(64) float shared_[kPointTile];  ///< −Σ x₀·x₁, the start of every row's sums
};

}  // namespace nmsw
