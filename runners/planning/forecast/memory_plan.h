#pragma once

#include <optional>

#include "runners/planning/forecast/prediction.h"

namespace nmsw::runners {

struct MemoryPlan {
  PassPlan plan;
  /// 0 where it is not known.
  int64_t peak_bytes = 0;
};

/// The plan for a pass within a limit that does the least work: `input.plan` if that fits; then
/// fewer patches at once; then more and more bands, up to one for each row of patches. Throws
/// ConfigError when none fits, which says the least that is needed, and when a limit is given for a
/// network whose memory is not known beforehand.
MemoryPlan plan_memory(PassInput input, const BackboneCostModel& local,
                       const BackboneCostModel& global, const std::optional<int64_t>& limit_bytes);

}  // namespace nmsw::runners
