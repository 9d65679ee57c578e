#pragma once

#include <cstdint>
#include <vector>

namespace nmsw {

/// Linear interpolation of a fine voxel along an axis: its two coarse neighbours, and the weight of
/// the higher one.
struct AxisStep {
  int64_t low = 0;
  int64_t high = 0;
  float share = 0;
};

/// The steps of all fine voxels of an axis of `coarse` → `fine` voxels, as PyTorch's align_corners
/// = false (METHOD 2.2): the centre of fine voxel i is at (i + ½)·coarse/fine − ½, not below 0.
std::vector<AxisStep> axis_steps(int64_t coarse, int64_t fine);

}  // namespace nmsw
