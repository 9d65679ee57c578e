#pragma once

#include <cstdint>
#include <vector>

#include "nmsw/base/volume.h"

namespace nmsw {

/// Work on fewer voxels than this is done by one thread: starting the others would cost more than
/// they save.
constexpr int64_t kVoxelsWorthThreads = 1 << 20;

/// A grid of flags (0 or 1), x fastest.
struct Mask {
  Int3 extent_xyz{0, 0, 0};
  std::vector<uint8_t> voxels;

  int64_t index(int64_t x, int64_t y, int64_t z) const {
    return (z * extent_xyz[1] + y) * extent_xyz[0] + x;
  }
};

/// A mask without a voxel set.
Mask empty_mask(Int3 extent_xyz);

/// Voxels low_xyz..high_xyz, both included; empty where low > high.
struct Box {
  Int3 low_xyz{0, 0, 0};
  Int3 high_xyz{-1, -1, -1};
};

/// The voxels of `volume` inside `box` that hold `class_index`, with one voxel of 0 around them.
Mask class_mask(const LabelVolume& volume, int64_t class_index, const Box& box);

}  // namespace nmsw
