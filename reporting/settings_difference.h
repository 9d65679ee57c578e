#pragma once

#include <string>
#include <vector>

#include "results/store.h"

namespace nmsw::reporting {

/// A setting in which a variant's tasks differ from the plain ones; values as JSON.
struct SettingDifference {
  std::string variant, setting, plain, changed;
};

/// Leaves of two JSON objects that differ, by their path ("model.estimator"). A list of plain
/// values is one leaf; what only one side has is "absent" on the other.
std::vector<SettingDifference> differing_leaves(const std::string& plain_json,
                                                const std::string& changed_json);

/// What the stored settings of an experiment's trainings and evaluations say about each variant,
/// compared with the plain task of the same dataset, backbone, method and scheme. Names of other
/// tasks do not count.
std::vector<SettingDifference> setting_differences(const results::ResultStore& store,
                                                   const std::string& experiment);

}  // namespace nmsw::reporting
