#pragma once

#include <map>

#include "nmsw/cost/catalog.h"
#include "runners/planning/experiment/experiment.h"
#include "runners/planning/experiment/names.h"

namespace nmsw::runners {

/// The networks of an experiment, configured.
struct Networks {
  /// The grid's backbones, in its order.
  std::vector<BackboneCostModel> local;
  BackboneCostModel global;

  const BackboneCostModel& local_named(const std::string& name) const;
};

/// Throws ConfigError with file:line:column for unknown names, unknown keys and a name given twice.
Networks resolve_networks(const ExperimentConfig& config);

/// One backbone as YAML gives it: what `networks` says about it, replaced by the entry's own keys
/// where it has any.
BackboneCostModel resolve_backbone(const ExperimentConfig& config, const NamedEntry& entry);

/// The same for the global network (the UNet where `global_network` is absent); ConfigError for a
/// backbone that can be local only.
BackboneCostModel resolve_global(const ExperimentConfig& config);

}  // namespace nmsw::runners
