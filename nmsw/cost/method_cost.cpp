#include "nmsw/base/error.h"
#include "nmsw/config/methods.h"
#include "nmsw/cost/cost.h"
#include "nmsw/cost/layer_cost.h"

namespace nmsw {

Cost operator+(const Cost& a, const Cost& b) {
  return {a.macs + b.macs, a.macs_paper + b.macs_paper, a.params + b.params,
          a.params_paper + b.params_paper};
}

Cost operator*(const Cost& cost, double times) {
  return {cost.macs * times, cost.macs_paper * times, cost.params, cost.params_paper};
}

Cost score_head_cost(int64_t feature_channels, int64_t cells) {
  const Int3 extent{cells, 1, 1};
  const int64_t half = feature_channels / 2;
  return conv_cost({feature_channels, half}, extent) + conv_cost({half, half}, extent) +
         conv_cost({half, 1}, extent) + conv_cost({1, 1}, extent);
}

Cost conv_aggregation_cost(int64_t num_classes, Int3 patch) {
  const int64_t both = 2 * num_classes;
  return conv_cost({both, both, 3}, patch) + conv_cost({both, both, 3}, patch) +
         conv_cost({both, num_classes, 3}, patch) + conv_cost({num_classes, num_classes, 3}, patch);
}

Cost method_cost(const MethodCostInput& input) {
  const Method& method = method_named(input.method);
  if (method.needs.empty()) throw ConfigError("method '{}' runs no network", input.method);
  const bool visits_all = method.patches == PatchUse::every;
  const auto patches = static_cast<double>(visits_all ? input.patches_total : input.patches_used);
  const Cost local = input.local_patch * patches;
  const Cost both = local + input.global_pass;
  Cost cost = method.has_global_pass ? both : local;
  cost.macs_paper = both.macs_paper;
  if (method.runs_nmsw()) {
    const Cost head = score_head_cost(input.score_channels, input.patches_total);
    cost.macs += head.macs;
    cost.params += head.params;
    if (input.aggregation == AggregationKind::class_weight)
      cost.params += static_cast<double>(input.num_classes);
    if (input.aggregation == AggregationKind::conv)
      cost = cost + conv_aggregation_cost(input.num_classes, input.patch) * patches;
  }
  return cost;
}

double predicted_seconds(double macs, double gigamacs_per_second) {
  if (!(gigamacs_per_second > 0)) {
    throw ConfigError(
        "predicted time: a rate of {} GMAC/s must be above 0; measure the machine first",
        gigamacs_per_second);
  }
  return macs / (gigamacs_per_second * 1e9);
}

}  // namespace nmsw
