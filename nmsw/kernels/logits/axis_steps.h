#pragma once

#include <cstdint>
#include <vector>

namespace nmsw {

/// For a fine voxel along an axis: the coarse voxels on both sides and the share of the higher one.
struct AxisStep {
  int64_t low = 0;
  int64_t high = 0;
  float share = 0;
};

/// Of every fine voxel of an axis that goes from `coarse` to `fine` voxels, linear with aligned
/// borders (PyTorch's align_corners = false, METHOD 2.2): the centre of fine voxel i lies at (i +
/// ½)·coarse/fine − ½, not below 0.
std::vector<AxisStep> axis_steps(int64_t coarse, int64_t fine);

}  // namespace nmsw
