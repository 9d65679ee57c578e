#include "results/store.h"

#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "nmsw/base/error.h"
#include "results/sqlite.h"

namespace nmsw::results {
namespace {

/// Where an evaluation's scores appear in the tables, for one value of k.
std::string place_of(const TaskRecord& task, const std::string& k) {
  return fmt::format(
      "dataset '{}', backbone '{}', method '{}', k '{}', class weight '{}', variant '{}', seed "
      "{}{}",
      task.dataset, task.backbone, task.method, k, task.class_weight, task.variant, task.seed,
      task.fold == kNoFold ? "" : fmt::format(", fold {}", task.fold));
}

void require_distinct_places(const std::vector<TaskRecord>& tasks) {
  std::map<std::string, std::string> key_at;
  for (const TaskRecord& task : tasks) {
    if (task.kind != "evaluate") continue;
    for (const std::string& k : listed_k(task.k)) {
      const std::string place =
          fmt::format("experiment '{}', {}", task.experiment, place_of(task, k));
      const auto [at, added] = key_at.emplace(place, task.key);
      if (added || at->second == task.key) continue;
      throw ConfigError(
          "two different evaluations would fill the same place of a table: {} (tasks {} and {}); "
          "give one of them its "
          "own 'variant', or drop it from the grid",
          place, at->second, task.key);
    }
  }
}

void insert_task(Database& database, const TaskRecord& task) {
  Statement insert(database, R"(
    INSERT INTO task (key, kind, dataset, backbone, method, k, scheme, class_weight, variant, seed, fold, config_json,
      macs_paper, predicted_s, predicted_peak_bytes, cases_expected)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (key) DO UPDATE SET config_json = excluded.config_json WHERE state IN ('pending', 'failed'))");
  insert.bind(task.key)
      .bind(task.kind)
      .bind(task.dataset)
      .bind(task.backbone)
      .bind(task.method)
      .bind(task.k);
  insert.bind(task.scheme)
      .bind(task.class_weight)
      .bind(task.variant)
      .bind(task.seed)
      .bind(task.fold)
      .bind(task.config_json);
  insert.bind(task.macs_paper)
      .bind(task.predicted_s)
      .bind(task.predicted_peak_bytes)
      .bind(task.cases_expected);
  insert.run();
}

void insert_dependencies(Database& database, const TaskRecord& task) {
  Statement insert(database, R"(
    INSERT INTO task_dependency (task_id, needs_id) SELECT t.id, n.id FROM task t, task n WHERE t.key = ? AND n.key = ?
    ON CONFLICT DO NOTHING)");
  Statement known(database, "SELECT 1 FROM task WHERE key = ?");
  for (const std::string& needed : task.depends_on) {
    known.reset();
    if (!known.bind(needed).next()) {
      throw ConfigError(
          "task {} needs task {}, which is neither in the plan nor in {}; add it to the plan",
          task.key, needed, database.file().string());
    }
    insert.bind(task.key).bind(needed).run();
  }
}

void list_task(Database& database, const TaskRecord& task) {
  Statement find(database, "SELECT id FROM experiment WHERE name = ?");
  if (!find.bind(task.experiment).next()) {
    throw ConfigError("task {}: experiment '{}' is not in {}; add the experiment before its tasks",
                      task.key, task.experiment, database.file().string());
  }
  const int64_t experiment_id = find.integer(0);
  if (task.kind == "evaluate") {
    Statement supersede(database, R"(
      DELETE FROM experiment_task WHERE experiment_id = ? AND task_id IN (
        SELECT id FROM task WHERE kind = 'evaluate' AND dataset = ? AND backbone = ? AND method = ? AND k = ?
          AND class_weight = ? AND variant = ? AND seed = ? AND fold = ? AND key <> ?))");
    supersede.bind(experiment_id)
        .bind(task.dataset)
        .bind(task.backbone)
        .bind(task.method)
        .bind(task.k);
    supersede.bind(task.class_weight).bind(task.variant).bind(task.seed).bind(task.fold);
    supersede.bind(task.key).run();
  }
  Statement insert(
      database,
      "INSERT INTO experiment_task (experiment_id, task_id) SELECT ?, id FROM task WHERE key = ? "
      "ON CONFLICT DO NOTHING");
  insert.bind(experiment_id).bind(task.key).run();
}

}  // namespace

void ResultStore::add_experiment(const std::string& name, const std::string& config_text,
                                 const std::string& config_sha) {
  Database& database = *database_;
  Transaction transaction(database);
  Statement forget(database, R"(
    DELETE FROM experiment_task WHERE experiment_id = (SELECT id FROM experiment WHERE name = ? AND config_sha <> ?))");
  forget.bind(name).bind(config_sha).run();
  Statement insert(database, R"(
    INSERT INTO experiment (name, config_text, config_sha, added) VALUES (?, ?, ?, ?)
    ON CONFLICT (name) DO UPDATE SET config_text = excluded.config_text, config_sha = excluded.config_sha)");
  insert.bind(name).bind(config_text).bind(config_sha).bind(iso_time(now_s())).run();
  transaction.commit();
}

void ResultStore::add_part_of_experiment(const std::string& name, const std::string& config_text,
                                         const ExperimentPart& part) {
  // No plan has this digest: the next one that speaks of the whole experiment lists it anew.
  constexpr const char* kPart = "part";
  Database& database = *database_;
  Transaction transaction(database);
  Statement insert(database, R"(
    INSERT INTO experiment (name, config_text, config_sha, added) VALUES (?, ?, ?, ?)
    ON CONFLICT (name) DO UPDATE SET config_text = excluded.config_text, config_sha = excluded.config_sha)");
  insert.bind(name).bind(config_text).bind(kPart).bind(iso_time(now_s())).run();
  Statement forget(database, R"(
    DELETE FROM experiment_task WHERE experiment_id = (SELECT id FROM experiment WHERE name = ?1) AND task_id IN (
      SELECT id FROM task WHERE dataset NOT IN (SELECT value FROM json_each(?2))
        AND key NOT IN (SELECT value FROM json_each(?3))))");
  forget.bind(name)
      .bind(nlohmann::json(part.left_out).dump())
      .bind(nlohmann::json(part.keys).dump())
      .run();
  transaction.commit();
}

void ResultStore::add_tasks(const std::vector<TaskRecord>& tasks) {
  require_distinct_places(tasks);
  Database& database = *database_;
  Transaction transaction(database);
  for (const TaskRecord& task : tasks) insert_task(database, task);
  for (const TaskRecord& task : tasks) {
    insert_dependencies(database, task);
    list_task(database, task);
  }
  transaction.commit();
}

}  // namespace nmsw::results
