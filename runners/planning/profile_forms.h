#pragma once

#include <nlohmann/json.hpp>

#include "runners/command_line.h"
#include "runners/planning/prediction.h"

namespace nmsw::runners {

/// The backbone that `nmsw profile` names, with its --set keys. Throws ConfigError for an unknown
/// name or key.
BackboneCostModel profiled_backbone(const ProfileOptions& options);

/// The global network of `nmsw profile`: the UNet, with the --set keys where the backbone is one
/// too.
BackboneCostModel profiled_global(const ProfileOptions& options);

/// What `nmsw profile` prints without --time: the keys of the interface from the closed forms. `k`
/// is null where the method has none, and costs that no closed form gives are.
nlohmann::ordered_json profile_json(const ProfileOptions& options);

}  // namespace nmsw::runners
