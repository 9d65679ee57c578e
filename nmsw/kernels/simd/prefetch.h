#pragma once

#include <algorithm>
#include <cstdint>

#include "nmsw/base/volume.h"
#include "nmsw/kernels/simd/packing.h"

namespace nmsw {

// What is read or written next is fetched into a cache while products are formed, a few rows at a
// time: memory takes no more at once, and who asks for more waits. Nothing is read, so that an
// address behind the end of memory does no harm.

/// Arguments of __builtin_prefetch.
inline constexpr int kToRead = 0, kToWrite = 1, kSecondCache = 2, kFirstCache = 3;

/// Fetches `count` numbers to be read. Inlined at once: the compiler takes a call of what only
/// fetches for a call of nothing.
NMSW_INLINE void fetch_row(const float* row, int64_t count) {
  for (int64_t i = 0; i < count; i += kLanes) __builtin_prefetch(row + i, kToRead, kSecondCache);
}

/// Rows of a tile: its channels, or its tokens, which may lie anywhere.
struct TileRows {
  const float* first = nullptr;
  int64_t count = 0, apart = 0, length = 0;
  const int64_t* order = nullptr;  ///< null, or the numbers of the rows
};

/// Fetches them in so many steps.
class TileFetch {
 public:
  TileFetch(const TileRows& rows, int64_t steps)
      : rows_(rows), step_(in_units(rows.count, steps)) {}

  NMSW_INLINE void step() {
    for (const int64_t end = std::min(rows_.count, at_ + step_); at_ < end; ++at_) {
      const int64_t row = rows_.order == nullptr ? at_ : rows_.order[at_];
      fetch_row(rows_.first + row * rows_.apart, rows_.length);
    }
  }

 private:
  TileRows rows_;
  int64_t step_, at_ = 0;
};

/// Rows of a volume, those of the same number in each of some planes.
struct RowBox {
  int64_t z0 = 0, z1 = 0, y0 = 0, y1 = 0;

  /// The part that lies in a volume.
  RowBox within(const Int3& extent_dhw) const {
    return {std::max<int64_t>(z0, 0), std::min(z1, extent_dhw[0]), std::max<int64_t>(y0, 0),
            std::min(y1, extent_dhw[1])};
  }
};

/// Fetches a box of rows of some channels in so many steps.
class RowFetch {
 public:
  RowFetch() = default;
  RowFetch(const RowBox& box, const Int3& extent_dhw, int64_t channels, int64_t steps)
      : box_(box.within(extent_dhw)),
        extent_dhw_(extent_dhw),
        high_(std::max<int64_t>(0, box_.y1 - box_.y0)),
        rows_(std::max<int64_t>(0, box_.z1 - box_.z0) * high_),
        left_(rows_ * channels),
        step_(in_units(left_, steps)) {}

  /// volume(channel) is where its first voxel lies, or would lie.
  template <class Volume>
  void step(Volume volume) {
    for (const int64_t end = std::max<int64_t>(0, left_ - step_); left_ > end; --left_) {
      const int64_t row = (left_ - 1) % rows_;
      const int64_t z = box_.z0 + row / high_, y = box_.y0 + row % high_;
      const float* from = volume((left_ - 1) / rows_) + (z * extent_dhw_[1] + y) * extent_dhw_[2];
      fetch_row(from, extent_dhw_[2]);
    }
  }

 private:
  RowBox box_;
  Int3 extent_dhw_{};
  int64_t high_ = 0, rows_ = 1, left_ = 0, step_ = 0;
};

}  // namespace nmsw
