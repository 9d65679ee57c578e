#pragma once

#include <map>
#include <string>

#include <nlohmann/json.hpp>

#include "results/records.h"
#include "runners/planning/plan/plan.h"

namespace nmsw::runners {

/// Stored states of tasks by key; what is not in it is pending.
using TaskStates = std::map<std::string, results::TaskState>;

enum class PlanFormat { table, json, csv };

/// Throws ConfigError naming the choices.
PlanFormat parse_plan_format(const std::string& name);

/// The tasks with those keys, in the plan's order, ending in a newline. JSON has the keys of the
/// interface; the table ends with the sums.
std::string format_plan(const Plan& plan, const std::vector<std::string>& keys,
                        const TaskStates& states, PlanFormat format);

}  // namespace nmsw::runners
