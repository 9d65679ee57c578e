#pragma once

#include <algorithm>

#include <torch/torch.h>

namespace nmsw {

/// Below this many voxels in a row, or above this many channels, LibTorch's kernels, whose vectors
/// lie along the channels, are faster than the planar ones.
inline constexpr int64_t kLeastPlanarWidth = 14;
inline constexpr int64_t kMostPlanarChannels = 48;

inline bool all_are(torch::ExpandingArray<3> values, int64_t value) {
  return std::all_of(values->begin(), values->end(), [&](int64_t v) { return v == value; });
}

}  // namespace nmsw
