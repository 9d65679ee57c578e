#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "nmsw/base/volume.h"
#include "nmsw/config/model_config.h"
#include "runners/planning/forecast/prediction.h"

namespace nmsw::runners {

/// One volume through one method, in the words of `nmsw profile`.
struct ProfileQuery {
  std::string backbone = "unet";
  std::string method = "sliding_window";
  std::string k = "full";
  Int3 volume_xyz{480, 480, 480};
  Int3 patch_xyz{128, 128, 128};
  Int3 downsize_rate_xyz{3, 3, 3};
  double overlap = 0.5;
  /// With background.
  int64_t classes = 20;
  /// What nmsw merges patches and the coarse prediction with.
  AggregationKind aggregation = AggregationKind::class_weight;
  /// The backbone's own keys, `key=value`.
  std::vector<std::string> set;
};

/// The backbone that `nmsw profile` names, with its --set keys. Throws ConfigError for an unknown
/// name or key.
BackboneCostModel profiled_backbone(const ProfileQuery& query);

/// The global network of `nmsw profile`: the UNet, with the --set keys where the backbone is one
/// too.
BackboneCostModel profiled_global(const ProfileQuery& query);

/// What `nmsw profile` prints without --time: the keys of the interface from the closed forms. `k`
/// is null where the method has none, and costs that no closed form gives are.
nlohmann::ordered_json profile_json(const ProfileQuery& query);

}  // namespace nmsw::runners
