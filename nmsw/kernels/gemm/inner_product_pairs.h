#pragma once

#include <cstdint>
#include <cstring>

#include "nmsw/kernels/gemm/tile_products.h"
#include "nmsw/kernels/simd/wide_math.h"

namespace nmsw {

// Products of channels, voxel by voxel, with fewer multiplications than channels: of two channels
//   x₀·w₀ + x₁·w₁ = (x₀ + w₁)·(x₁ + w₀) − x₀·x₁ − w₀·w₁
// (Winograd, "A new algorithm for inner product", 1968). The last term is known when weights are
// packed, the one before it is summed once for all rows; two additions take the place of a
// multiplication with addition. That is less work where a processor adds beside multiplying:
// has_free_additions(). Two of three channels go this way, which keeps both busy: three products
// take two multiplications and two additions. What cancels is smallest where both factors are
// equally large, so a row's weights are multiplied by a power of two first, and its sums divided by
// it.

/// Rows of a product that are summed together: with four vectors each, what is added to two
/// channels, and two weights they fill 32 registers.
inline constexpr int64_t kPairedRows = 4;
/// Channels of which the first two are a pair; those behind the last whole group have no pairs.
inline constexpr int64_t kPairedGroup = 3;

/// Before the weights of rows that are summed together: for each −Σ w₀·w₁, the power of two, and
/// its inverse.
inline constexpr int64_t kPairedHeads = 3;

/// [out,in] row by row to the order in which the products read it: (in + kPairedHeads) · out
/// floats.
void pack_paired_weight(const float* weight, int64_t in, int64_t out, float* packed);

/// Whether additions keep none from multiplying: AMD's processors with AVX-512 have units for each.
bool has_free_additions();

/// Rows of products with one tile of values.
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

  /// kCount rows of weight · values + bias: finish(lane, sums [kCount][vectors]) takes those of
  /// some vectors from `lane` of the tile on.
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
  /// A broadcast of float32 numbers takes the place of an addition, one of whole numbers does not.
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
  alignas(64) float shared_[kPointTile];  ///< what all rows' sums start with: −Σ x₀·x₁
};

}  // namespace nmsw
