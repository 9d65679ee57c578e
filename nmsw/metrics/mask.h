#pragma once

#include <cstdint>
#include <vector>

#include "nmsw/base/volume.h"

namespace nmsw {

/// Work on fewer voxels than this is done by one thread: starting the others would cost more than
/// they save.
constexpr int64_t kVoxelsWorthThreads = 1 << 20;

/// A grid of flags, a bit each. Bit x % 64 of word x / 64 of a row is the flag at x.
class Mask {
 public:
  static constexpr int64_t kWordBits = 64;

  /// Without a flag set.
  explicit Mask(Int3 extent_xyz);

  Int3 extent_xyz() const { return extent_xyz_; }
  int64_t voxel_count() const { return extent_xyz_[0] * extent_xyz_[1] * extent_xyz_[2]; }
  int64_t words_per_row() const { return words_per_row_; }

  /// The words of the row along x; the words before and behind them can be read and are 0, and so
  /// are the bits behind the last flag.
  const uint64_t* row(int64_t y, int64_t z) const { return &words_[first_word(y, z)]; }
  uint64_t* row(int64_t y, int64_t z) { return &words_[first_word(y, z)]; }

  bool at(int64_t x, int64_t y, int64_t z) const {
    return (row(y, z)[x / kWordBits] >> (x % kWordBits) & 1U) != 0;
  }
  void set(int64_t x, int64_t y, int64_t z) {
    row(y, z)[x / kWordBits] |= uint64_t{1} << (x % kWordBits);
  }

 private:
  /// Rows lie behind each other with one word of 0 before each and behind the last.
  int64_t first_word(int64_t y, int64_t z) const {
    return (z * extent_xyz_[1] + y) * (words_per_row_ + 1) + 1;
  }

  Int3 extent_xyz_;
  int64_t words_per_row_;
  std::vector<uint64_t> words_;
};

/// Voxels low_xyz..high_xyz, both included; empty where low > high.
struct Box {
  Int3 low_xyz{0, 0, 0};
  Int3 high_xyz{-1, -1, -1};
};

/// The voxels of `volume` inside `box` that hold `class_index`, with one voxel of 0 around them.
Mask class_mask(const LabelVolume& volume, int64_t class_index, const Box& box);

}  // namespace nmsw
