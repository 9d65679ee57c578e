#pragma once

#include <cstdint>

namespace nmsw {

// Bounds of a training's memory that the trainer keeps and the plan counts with.

/// Bytes of the cases that stay in memory between steps.
inline constexpr int64_t kKeptCaseBytes = int64_t{4} << 30;
/// Bytes of the inputs that are made for the next steps.
inline constexpr int64_t kPrefetchBytes = int64_t{1} << 30;
inline constexpr int64_t kMostDataWorkers = 16;
/// A step on a CPU keeps every core busy itself.
inline constexpr int64_t kCpuCoresPerDataWorker = 8;
/// Of a case: float image, label.
inline constexpr double kTrainingCaseBytesPerVoxel = 5;
/// Logits that the aggregated loss looks at together.
inline constexpr int64_t kLossSlabNumbers = int64_t{1} << 24;

}  // namespace nmsw
