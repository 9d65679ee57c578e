#include <fmt/format.h>

#include "nmsw/base/error.h"
#include "results/copied_tables.h"
#include "results/sqlite.h"
#include "results/store.h"
#include "results/stored_paths.h"

namespace nmsw::results {
namespace {

/// An input, visible as schema `input` while the object lives, as a connection that reads it sees
/// it.
class Attached {
 public:
  Attached(Database& database, const Database& reader) : database_(database) {
    Statement statement(database_, "ATTACH ? AS input");
    statement.bind(reader.reading_uri()).run();
  }
  Attached(const Attached&) = delete;
  Attached& operator=(const Attached&) = delete;
  ~Attached() {
    try {
      database_.execute("DETACH input");
    } catch (const DataError&) {
      // The connection is closing anyway; a later ATTACH under this name would say so.
    }
  }

 private:
  Database& database_;
};

void copy_plan(Database& database, MergeReport& report) {
  Statement changed(database, R"(
    SELECT i.name FROM input.experiment i JOIN main.experiment o USING (name) WHERE i.config_sha <> o.config_sha)");
  while (changed.next()) {
    report.conflicts.push_back(
        fmt::format("experiment {}: the plans differ; the tasks of both are listed under it, its "
                    "text is the first's",
                    changed.text(0)));
  }
  database.execute(R"(
    INSERT INTO main.experiment (name, config_text, config_sha, added)
    SELECT name, config_text, config_sha, added FROM input.experiment WHERE true ORDER BY id ON CONFLICT DO NOTHING)");
  // Versions before 6 know no folds.
  const bool has_folds =
      database.number(
          "SELECT count(*) FROM pragma_table_info('task', 'input') WHERE name = 'fold'") > 0;
  database.execute(fmt::format(R"(
    INSERT INTO main.task (key, kind, dataset, backbone, method, k, scheme, class_weight, variant, seed, fold, config_json,
      macs_paper, predicted_s, predicted_peak_bytes, cases_expected)
    SELECT key, kind, dataset, backbone, method, k, scheme, class_weight, variant, seed, {}, config_json, macs_paper,
      predicted_s, predicted_peak_bytes, cases_expected FROM input.task WHERE true ORDER BY id ON CONFLICT DO NOTHING)",
                               has_folds ? "fold" : "-1"));
  report.tasks_added += database.changes();
  database.execute(R"(
    INSERT INTO main.experiment_task (experiment_id, task_id)
    SELECT o.id, t.id FROM input.experiment_task x JOIN input.experiment e ON e.id = x.experiment_id
      JOIN input.task s ON s.id = x.task_id JOIN main.experiment o ON o.name = e.name JOIN main.task t ON t.key = s.key
    WHERE true ON CONFLICT DO NOTHING;
    INSERT INTO main.task_dependency (task_id, needs_id)
    SELECT t.id, n.id FROM input.task_dependency d JOIN input.task a ON a.id = d.task_id
      JOIN input.task b ON b.id = d.needs_id JOIN main.task t ON t.key = a.key JOIN main.task n ON n.key = b.key
    WHERE true ON CONFLICT DO NOTHING)");
}

/// A task that is pending here has failed there, in an attempt that is new here.
void copy_failures(Database& database) {
  database.execute(R"(
    UPDATE main.task SET state = 'failed', last_error = (SELECT s.last_error FROM input.task s WHERE s.key = task.key)
    WHERE state = 'pending' AND key IN (
      SELECT s.key FROM input.task s JOIN input.run r ON r.task_id = s.id AND r.state = 'failed'
      WHERE s.state = 'failed' AND r.uid NOT IN (SELECT uid FROM main.run)))");
}

/// Copies the attempts that have ended and are not here yet; their numbers follow those that are.
void copy_runs(Database& database) {
  database.execute(R"(
    INSERT INTO main.run (uid, task_id, attempt, worker, state, error, "commit", dirty, config_sha, data_sha, host, cpu,
      gpu, threads, torch, started, finished, notes)
    SELECT r.uid, t.id,
      max(t.attempt, coalesce((SELECT max(o.attempt) FROM main.run o WHERE o.task_id = t.id), 0))
        + row_number() OVER (PARTITION BY t.id ORDER BY r.attempt),
      r.worker, CASE r.state WHEN 'done' THEN 'superseded' ELSE r.state END, r.error, r."commit", r.dirty, r.config_sha,
      r.data_sha, r.host, r.cpu, r.gpu, r.threads, r.torch, r.started, r.finished, r.notes
    FROM input.run r JOIN input.task s ON s.id = r.task_id JOIN main.task t ON t.key = s.key
    WHERE r.state <> 'running' AND r.uid NOT IN (SELECT uid FROM main.run);
    UPDATE main.task SET attempt = max(attempt, coalesce((SELECT max(attempt) FROM main.run WHERE task_id = task.id), 0))
    WHERE state <> 'running')");
}

/// An input of an older version may lack a table.
bool input_has(Database& database, const std::string& table) {
  Statement found(database, "SELECT count(*) FROM input.sqlite_schema WHERE name = ?");
  found.bind(table).next();
  return found.integer(0) > 0;
}

/// Where the lines of the copied attempts are, as the output's folder sees it.
void copy_logs(Database& database, const std::filesystem::path& input) {
  if (!input_has(database, "run_log")) return;
  Statement rows(database, R"(
    SELECT o.id, g.path FROM input.run_log g JOIN input.run r ON r.id = g.run_id JOIN main.run o ON o.uid = r.uid
    WHERE o.id NOT IN (SELECT run_id FROM main.run_log))");
  std::vector<std::pair<int64_t, std::string>> logs;
  while (rows.next()) logs.emplace_back(rows.integer(0), rows.text(1));
  Statement insert(database, "INSERT INTO main.run_log (run_id, path) VALUES (?, ?)");
  for (const auto& [run, path] : logs)
    insert.bind(run).bind(stored_path(full_path(path, input), database.file())).run();
}

std::string columns_of(Database& database, const std::string& table) {
  Statement rows(database,
                 "SELECT group_concat(name, ', ') FROM pragma_table_info(?) WHERE name NOT IN "
                 "('id', 'run_id')");
  rows.bind(table).next();
  return rows.text(0);
}

struct DoneTask {
  std::string key;
  int64_t input_run = 0;
  int64_t own_run = 0;  // of the same uid
  bool done_here = false;
};

std::vector<DoneTask> done_in_input(Database& database) {
  Statement rows(database, R"(
    SELECT s.key, r.id, o.id, t.state = 'done' FROM input.task s JOIN input.run r ON r.id = s.done_run
    JOIN main.run o ON o.uid = r.uid JOIN main.task t ON t.key = s.key
    WHERE t.done_run IS NULL OR t.done_run <> o.id ORDER BY s.id)");
  std::vector<DoneTask> done;
  while (rows.next())
    done.push_back({rows.text(0), rows.integer(1), rows.integer(2), rows.integer(3) != 0});
  return done;
}

/// Files of the input, as the output's folder sees them. A path of an older version that leads to
/// no file is kept as it is: only those who wrote it know the folder that it started in.
void copy_artifacts(Database& database, const DoneTask& task, const std::filesystem::path& input) {
  constexpr int64_t kFirstWithOwnFolder = 4;
  const bool older = database.number("PRAGMA input.user_version") < kFirstWithOwnFolder;
  Statement rows(database, "SELECT kind, path, sha256, bytes FROM input.artifact WHERE run_id = ?");
  rows.bind(task.input_run);
  Statement insert(database,
                   "INSERT INTO main.artifact (run_id, kind, path, sha256, bytes) VALUES (?, ?, ?, "
                   "?, ?)");
  while (rows.next()) {
    const std::filesystem::path file = full_path(rows.text(1), input);
    std::error_code ignored;
    const bool keep = older && !std::filesystem::exists(file, ignored);
    insert.bind(task.own_run).bind(rows.text(0));
    insert.bind(keep ? rows.text(1) : stored_path(file, database.file()));
    insert.bind(rows.text(2)).bind(rows.integer(3)).run();
  }
}

void copy_result(Database& database, const DoneTask& task, const std::filesystem::path& input) {
  copy_artifacts(database, task, input);
  for (const char* table : kResultTables) {
    if (!input_has(database, table)) continue;
    const std::string columns = columns_of(database, table);
    Statement copy(
        database,
        fmt::format(
            "INSERT INTO main.{0} (run_id, {1}) SELECT ?, {1} FROM input.{0} WHERE run_id = ?",
            table, columns));
    copy.bind(task.own_run).bind(task.input_run).run();
  }
  // A worker that has the task here now is too late: its attempt ends as superseded.
  Statement late(database,
                 "UPDATE main.run SET state = 'superseded' WHERE state = 'running' AND task_id = "
                 "(SELECT id FROM main.task WHERE key = ?)");
  late.bind(task.key).run();
  Statement run(database, "UPDATE main.run SET state = 'done' WHERE id = ?");
  run.bind(task.own_run).run();
  Statement done(database, R"(
    UPDATE main.task SET state = 'done', done_run = ?1, progress = 1, progress_text = '', last_error = '',
      attempt = max(attempt, (SELECT attempt FROM main.run WHERE id = ?1)) WHERE key = ?2)");
  done.bind(task.own_run).bind(task.key).run();
}

/// Adds a line if the scores differ. The first few differing values are enough to find the cause.
void compare_scores(Database& database, const DoneTask& task, const std::filesystem::path& input,
                    MergeReport& report) {
  Statement rows(database, R"(
    WITH here AS (SELECT m.* FROM main.metric_value m JOIN main.task t ON t.done_run = m.run_id WHERE t.key = ?1),
      there AS (SELECT * FROM input.metric_value WHERE run_id = ?2)
    SELECT count(*) OVER (), a.metric, a.case_id, a.class_name, a.value, b.value FROM here a JOIN there b
      USING (k, case_id, class_index, metric, unit, tolerance, geometry, policy)
    WHERE a.value IS NOT b.value)");
  rows.bind(task.key).bind(task.input_run);
  if (rows.next()) {
    report.conflicts.push_back(
        fmt::format("task {}: {} of its scores differ in {}, e.g. {} of case {}, class {}: {} "
                    "here, {} there; kept those here",
                    task.key, rows.integer(0), input.string(), rows.text(1), rows.text(2),
                    rows.text(3), rows.is_null(4) ? "undefined" : rows.text(4),
                    rows.is_null(5) ? "undefined" : rows.text(5)));
    return;
  }
  Statement counts(database, R"(
    SELECT (SELECT count(*) FROM main.metric_value m JOIN main.task t ON t.done_run = m.run_id WHERE t.key = ?1),
      (SELECT count(*) FROM input.metric_value WHERE run_id = ?2))");
  counts.bind(task.key).bind(task.input_run).next();
  if (counts.integer(0) != counts.integer(1)) {
    report.conflicts.push_back(fmt::format("task {}: {} scores here, {} in {}; kept those here",
                                           task.key, counts.integer(0), counts.integer(1),
                                           input.string()));
  }
}

void merge_one(Database& database, const Database& reader, MergeReport& report) {
  const std::filesystem::path& input = reader.file();
  const Attached attached(database, reader);
  Transaction transaction(database);
  copy_plan(database, report);
  copy_failures(database);
  copy_runs(database);
  copy_logs(database, input);
  for (const DoneTask& task : done_in_input(database)) {
    if (task.done_here) {
      compare_scores(database, task, input, report);
    } else {
      copy_result(database, task, input);
      ++report.results_added;
    }
  }
  transaction.commit();
}

}  // namespace

MergeReport ResultStore::merge(const std::vector<std::filesystem::path>& inputs) {
  MergeReport report;
  for (const auto& input : inputs) {
    std::error_code ignored;
    if (std::filesystem::equivalent(file_, input, ignored)) {
      throw ConfigError(
          "{}: the output of a merge cannot be one of its inputs; name another output",
          input.string());
    }
    const ResultStore reader = open_read_only(input);  // says what is wrong with a stranger's file
    merge_one(*database_, *reader.database_, report);
  }
  return report;
}

}  // namespace nmsw::results
