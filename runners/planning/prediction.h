#pragma once

#include "nmsw/config/pass_plan.h"
#include "nmsw/cost/catalog.h"
#include "nmsw/cost/cost.h"
#include "nmsw/cost/memory.h"
#include "runners/planning/networks.h"

namespace nmsw::runners {

/// One volume through one method, for the closed forms.
struct PassInput {
  std::string method;
  /// What an error message begins with, e.g. "file.yaml:3:5: ".
  std::string where;
  /// A number, "full", or "" where the method has none.
  std::string k;
  Int3 volume_xyz{};
  Int3 patch_xyz{};
  Int3 downsize_rate_xyz{3, 3, 3};
  double overlap = 0.5;
  /// With background.
  int64_t num_classes = 2;
  AggregationKind aggregation = AggregationKind::class_weight;
  PassPlan plan;
  /// Patches whose logits are kept while the others go through.
  int64_t kept_patches = 0;
};

struct PassPrediction {
  int64_t patches_total = 0;
  int64_t patches_used = 0;
  /// kUnknown where a network has no closed form.
  Cost cost;
  /// 0 where it is not known.
  int64_t peak_bytes = 0;
};

/// MACs and parameters in both conventions, patches and rough peak memory. The coarse extent is the
/// volume's divided by the rate and rounded up to what the global network takes. Throws ConfigError
/// where a patch does not fit the network.
PassPrediction predict_pass(const PassInput& input, const BackboneCostModel& local,
                            const BackboneCostModel& global);

/// Throws ConfigError, which begins with `where`, unless every axis is a multiple of what the
/// network takes.
void require_patch(Int3 patch_xyz, const BackboneCostModel& local, const std::string& where);

/// Extent of the global input.
Int3 coarse_extent(Int3 volume_xyz, Int3 downsize_rate_xyz, int64_t size_multiple);

/// Rough time for so many true MACs: planning only, a measured rate comes with `nmsw profile
/// --time`.
double rough_seconds(double macs, const std::string& device, int64_t threads);

}  // namespace nmsw::runners
