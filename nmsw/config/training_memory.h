#pragma once

#include <cstdint>

namespace nmsw {

// Bounds of a training's memory that the trainer keeps and the plan counts with.

/// Bytes of the cases that stay in memory between steps.
inline constexpr int64_t kKeptCaseBytes = int64_t{4} << 30;
/// Of a case: float image, label.
inline constexpr double kTrainingCaseBytesPerVoxel = 5;
/// Logits that the aggregated loss looks at together.
inline constexpr int64_t kLossSlabNumbers = int64_t{1} << 24;

}  // namespace nmsw
