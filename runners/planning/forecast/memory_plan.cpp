#include "runners/planning/forecast/memory_plan.h"

#include <algorithm>

#include "nmsw/base/readable.h"
#include "nmsw/config/methods.h"
#include "nmsw/cost/patch_count.h"

namespace nmsw::runners {
namespace {

std::vector<PassPlan> plans_by_work(const PassInput& input) {
  std::vector<PassPlan> plans;
  PassPlan plan = input.plan;
  for (plan.bands = 1; plan.batch > 0; plan.batch /= 2) plans.push_back(plan);
  plan.batch = 1;
  const int64_t rows = method_named(input.method).patches == PatchUse::one_per_class
                           ? 1
                           : patches_along(input.volume.volume_xyz[1], input.volume.patch_xyz[1],
                                           input.volume.overlap);
  for (plan.bands = 2; plan.bands <= rows; ++plan.bands) plans.push_back(plan);
  return plans;
}

}  // namespace

MemoryPlan plan_memory(PassInput input, const BackboneCostModel& local,
                       const BackboneCostModel& global, const std::optional<int64_t>& limit_bytes) {
  MemoryPlan least;
  for (const PassPlan& plan : plans_by_work(input)) {
    input.plan = plan;
    const int64_t peak = predict_pass(input, local, global).peak_bytes;
    if (peak == 0 && limit_bytes) {
      throw ConfigError(
          "--memory-limit: how much memory {} needs is not known beforehand; leave the option out",
          local.name);
    }
    if (!limit_bytes || peak <= *limit_bytes) return {plan, peak};
    if (least.peak_bytes == 0 || peak < least.peak_bytes) least = {plan, peak};
  }
  throw ConfigError(
      "--memory-limit: this prediction needs at least {} ({} bytes), the limit is {}; raise it to "
      "that",
      readable_bytes(static_cast<double>(least.peak_bytes)), least.peak_bytes,
      readable_bytes(static_cast<double>(*limit_bytes)));
}

}  // namespace nmsw::runners
