#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "results/query_format.h"
#include "results/records.h"

namespace nmsw::results {

class Database;

/// Where an experiment stands.
///
/// states              tasks a state; all five states are present, also with 0
/// running             the running tasks, with worker, lease and progress
/// failed              the failed tasks, with their message
/// predicted_left_s    predicted time of all that is not done, running tasks by what is left of
///                     them
struct StatusSummary {
  std::map<std::string, int64_t> states;
  int64_t total = 0;
  std::vector<TaskState> running;
  std::vector<TaskState> failed;
  double predicted_left_s = 0;
};

std::vector<std::string> select_experiments(Database& database);
std::vector<TaskState> select_tasks(Database& database, const std::string& experiment);
std::optional<TaskState> select_task(Database& database, const std::string& key);
std::vector<Artifact> select_artifacts(Database& database, const std::string& task_key);
StatusSummary select_status(Database& database, const std::string& experiment);

/// Any single SELECT. Throws ConfigError for all else.
QueryTable select_table(Database& database, const std::string& sql);

}  // namespace nmsw::results
