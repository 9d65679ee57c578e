#pragma once

#include "datasets/layouts/descriptor.h"
#include "nmsw/config/pass_plan.h"
#include "nmsw/cost/catalog.h"
#include "nmsw/cost/cost.h"
#include "nmsw/cost/memory.h"
#include "runners/planning/cells/networks.h"

namespace nmsw::runners {

/// A prepared volume and how patches lie in it.
struct PassVolume {
  Int3 volume_xyz;
  Int3 patch_xyz;
  Int3 downsize_rate_xyz;
  double overlap;
};

PassVolume pass_volume(const datasets::DatasetDescriptor& descriptor, double overlap,
                       Int3 volume_xyz);

/// One volume through one method, for the closed forms. Made of everything at once, so that no
/// field is forgotten.
struct PassInput {
  /// where          what an error message begins with, e.g. "file.yaml:3:5: "
  /// k              a number, "full", "auto" (of which all patches are the upper bound), or ""
  ///                where the method has none
  /// num_classes    with background
  /// kept_patches   whose logits stay while the others go through
  PassInput(std::string where, std::string method, std::string k, const PassVolume& volume,
            int64_t num_classes, const ModelConfig& model, const PassPlan& plan = {},
            int64_t kept_patches = 0);

  std::string where;
  std::string method;
  std::string k;
  PassVolume volume;
  int64_t num_classes;
  AggregationKind aggregation;
  PassPlan plan;
  int64_t kept_patches;
  int64_t in_channels = 1;
  /// Networks of an ensemble, of this one's size, that go through the volume side by side; bytes of
  /// the others' weights.
  int64_t members = 1;
  int64_t other_weight_bytes = 0;
};

struct PassPrediction {
  int64_t patches_total = 0;
  int64_t patches_used = 0;
  /// kUnknown where a network has no closed form.
  Cost cost;
  /// 0 where it is not known.
  int64_t peak_bytes = 0;
};

/// MACs and parameters in both conventions, patches and rough peak memory of the pass over the
/// volume as it is prepared, no axis shorter than a patch. Throws ConfigError where a patch does
/// not fit the network.
PassPrediction predict_pass(const PassInput& input, const BackboneCostModel& local,
                            const BackboneCostModel& global);

/// The same without the memory, which takes longer to find.
PassPrediction predict_cost(const PassInput& input, const BackboneCostModel& local,
                            const BackboneCostModel& global);

/// Throws ConfigError, which begins with `where`, unless every axis is a multiple of what the
/// network takes, or as long as the only extent that it takes.
void require_patch(Int3 patch_xyz, const BackboneCostModel& local, const std::string& where);

/// Extent of the global input: floor(volume / rate), padded to a multiple of what the network
/// takes.
Int3 coarse_extent(Int3 volume_xyz, Int3 downsize_rate_xyz, int64_t size_multiple);

/// Rough time for so many true MACs: planning only, a measured rate comes with `nmsw profile
/// --time`.
double rough_seconds(double macs, const std::string& device, int64_t threads);

}  // namespace nmsw::runners
