#pragma once

#include <algorithm>
#include <cstdint>

#include "nmsw/base/volume.h"
#include "nmsw/kernels/simd/packing.h"

namespace nmsw {

// Software prefetch of what is read or written next, while sums are formed. Prefetch a few rows per
// step; more outstanding misses than line-fill buffers would stall. A prefetch never faults, so
// addresses past the end of memory are harmless.

/// Arguments of __builtin_prefetch: for reading or writing; into L2 or L1.
inline constexpr int kToRead = 0, kToWrite = 1, kSecondCache = 2, kFirstCache = 3;

/// Prefetches `count` floats for reading, into L2. Always inlined: GCC removes calls of functions
/// that only prefetch.
NMSW_INLINE void prefetch_row(const float* row, int64_t count) {
  for (int64_t i = 0; i < count; i += kLanes) __builtin_prefetch(row + i, kToRead, kSecondCache);
}

/// Rows of a tile, its channels or its tokens: row i begins at first + i · apart, or at first +
/// order[i] · apart, and has `length` floats.
struct TileRows {
  const float* first = nullptr;
  int64_t count = 0, apart = 0, length = 0;
  const int64_t* order = nullptr;  ///< row numbers, or null
};

/// Prefetches a tile's rows, an equal part in each of `steps` calls of step().
class TilePrefetch {
 public:
  TilePrefetch(const TileRows& rows, int64_t steps)
      : rows_(rows), step_(ceil_div(rows.count, steps)) {}

  NMSW_INLINE void step() {
    for (const int64_t end = std::min(rows_.count, at_ + step_); at_ < end; ++at_) {
      const int64_t row = rows_.order == nullptr ? at_ : rows_.order[at_];
      prefetch_row(rows_.first + row * rows_.apart, rows_.length);
    }
  }

 private:
  TileRows rows_;
  int64_t step_, at_ = 0;
};

/// A box of rows: y0 … y1-1 in each of the planes z0 … z1-1.
struct RowBox {
  int64_t z0 = 0, z1 = 0, y0 = 0, y1 = 0;

  /// Clipped to a volume.
  RowBox within(const Int3& extent_dhw) const {
    return {std::max<int64_t>(z0, 0), std::min(z1, extent_dhw[0]), std::max<int64_t>(y0, 0),
            std::min(y1, extent_dhw[1])};
  }
};

/// Prefetches a box of rows of some channels, an equal part in each of `steps` calls of step().
class RowPrefetch {
 public:
  RowPrefetch() = default;
  RowPrefetch(const RowBox& box, const Int3& extent_dhw, int64_t channels, int64_t steps)
      : box_(box.within(extent_dhw)),
        extent_dhw_(extent_dhw),
        high_(std::max<int64_t>(0, box_.y1 - box_.y0)),
        rows_(std::max<int64_t>(0, box_.z1 - box_.z0) * high_),
        left_(rows_ * channels),
        step_(ceil_div(left_, steps)) {}

  /// volume(channel) points at the channel's first voxel, or to where it would be if only some of
  /// its planes are in memory.
  template <class Volume>
  void step(Volume volume) {
    for (const int64_t end = std::max<int64_t>(0, left_ - step_); left_ > end; --left_) {
      const int64_t row = (left_ - 1) % rows_;
      const int64_t z = box_.z0 + row / high_, y = box_.y0 + row % high_;
      const float* from = volume((left_ - 1) / rows_) + (z * extent_dhw_[1] + y) * extent_dhw_[2];
      prefetch_row(from, extent_dhw_[2]);
    }
  }

 private:
  RowBox box_;
  Int3 extent_dhw_{};
  int64_t high_ = 0, rows_ = 1, left_ = 0, step_ = 0;
};

}  // namespace nmsw
