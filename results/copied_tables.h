#pragma once

#include <array>

namespace nmsw::results {

/// The tables that hold what a run found, each with a column run_id; `artifact` apart, whose paths
/// change with the database's folder.
inline constexpr std::array<const char*, 11> kResultTables{
    "epoch_log",    "metric_value", "stage_time",    "mac_count",      "pass_count", "peak_memory",
    "class_weight", "patch_pick",   "selection_map", "selection_pick", "case_slice"};

}  // namespace nmsw::results
