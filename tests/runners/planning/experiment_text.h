#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "nmsw/base/error.h"
#include "runners/planning/plan/plan.h"

namespace nmsw::runners {

/// Table 2's grid for what exists, on phantoms so that no machine's data folders matter.
inline std::string table_experiment(const std::string& more = "") {
  return "experiment: table\n"
         "datasets: [word, totalsegmentator_organ, totalsegmentator_vertebrae]\n"
         "backbones: [unet]\n"
         "methods:\n"
         "  - sliding_window\n"
         "  - {nmsw: {k: [5, 30, full]}}\n"
         "data: {source: phantom}\n" +
         more;
}

inline Plan plan_of(const std::string& text, const std::vector<std::string>& overrides = {}) {
  return make_plan(parse_experiment(text, "file.yaml", overrides), PlanOptions{});
}

inline std::vector<results::TaskRecord> tasks_of(const Plan& plan, const std::string& kind,
                                                 const std::string& scheme = "") {
  std::vector<results::TaskRecord> tasks;
  for (const results::TaskRecord& task : plan.tasks) {
    if (task.kind == kind && (scheme.empty() || task.scheme == scheme)) tasks.push_back(task);
  }
  return tasks;
}

inline std::vector<std::string> keys_of(const Plan& plan) {
  std::vector<std::string> keys;
  for (const results::TaskRecord& task : plan.tasks) keys.push_back(task.key);
  return keys;
}

/// The message of the fault that the text must give.
inline std::string fault_of(const std::string& text,
                            const std::vector<std::string>& overrides = {}) {
  try {
    plan_of(text, overrides);
  } catch (const Error& error) {
    return error.what();
  }
  return "no fault";
}

}  // namespace nmsw::runners
