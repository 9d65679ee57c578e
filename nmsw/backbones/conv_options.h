#pragma once

#include <algorithm>

#include "nmsw/tensor/tensor.h"

namespace nmsw {

/// Below this many voxels in a row, or above this many channels, LibTorch's kernels, whose vectors
/// lie along the channels, are faster than the project's, where a gradient is wanted.
inline constexpr int64_t kLeastTrainingWidth = 14;
inline constexpr int64_t kMostTrainingChannels = 48;
/// Without a gradient to come channels do not matter, as the project's kernels make fewer products,
/// and rows may be as short as this.
inline constexpr int64_t kLeastInferenceWidth = 6;

inline bool all_are(torch::ExpandingArray<3> values, int64_t value) {
  return std::all_of(values->begin(), values->end(), [&](int64_t v) { return v == value; });
}

/// The voxels at every multiple of `stride` along each axis.
inline Tensor every(int64_t stride, const Tensor& volume) {
  return volume.slice(2, 0, c10::nullopt, stride)
      .slice(3, 0, c10::nullopt, stride)
      .slice(4, 0, c10::nullopt, stride);
}

}  // namespace nmsw
