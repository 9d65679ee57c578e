#include <algorithm>
#include <cctype>

#include <sqlite3.h>
#include <nlohmann/json.hpp>

#include "nmsw/base/error.h"
#include "results/kept_views.h"
#include "results/sqlite.h"
#include "results/store.h"
#include "results/stored_paths.h"
#include "results/time_left.h"

namespace nmsw::results {
namespace {

const char* const kTaskColumns =
    "task_key, kind, experiment, dataset, backbone, method, k, scheme, class_weight, variant, "
    "seed, coalesce(fold, -1), "
    "macs_paper, predicted_s, predicted_peak_bytes, cases_expected, state, attempts, last_error, "
    "worker, "
    "lease_until_s, progress, progress_text, started, log";

TaskState read_task(const Statement& row, const std::filesystem::path& database) {
  TaskState state;
  TaskRecord& task = state.task;
  int column = 0;
  for (std::string* text :
       {&task.key, &task.kind, &task.experiment, &task.dataset, &task.backbone, &task.method,
        &task.k, &task.scheme, &task.class_weight, &task.variant}) {
    *text = row.text(column++);
  }
  task.seed = row.integer(column++);
  task.fold = row.integer(column++);
  task.macs_paper = row.real(column++);
  task.predicted_s = row.real(column++);
  task.predicted_peak_bytes = row.real(column++);
  task.cases_expected = row.integer(column++);
  state.state = row.text(column++);
  state.attempts = static_cast<int>(row.integer(column++));
  state.last_error = row.text(column++);
  state.worker = row.text(column++);
  state.lease_until_s = row.real(column++);
  state.progress = row.real(column++);
  state.progress_text = row.text(column++);
  state.started = row.text(column++);
  if (!row.is_null(column)) state.log = full_path(row.text(column), database).string();
  return state;
}

/// What the view leaves out because it is long or of several rows.
void add_details(Database& database, std::vector<TaskState>& states) {
  Statement config(database, "SELECT config_json FROM task WHERE key = ?");
  Statement needs(database, R"(
    SELECT n.key FROM task t JOIN task_dependency d ON d.task_id = t.id JOIN task n ON n.id = d.needs_id
    WHERE t.key = ? ORDER BY n.id)");
  for (TaskState& state : states) {
    config.bind(state.task.key);
    if (config.next()) state.task.config_json = config.text(0);
    config.reset();
    needs.bind(state.task.key);
    while (needs.next()) state.task.depends_on.push_back(needs.text(0));
    needs.reset();
  }
}

std::vector<TaskState> read_tasks(Database& database, const std::string& condition,
                                  const std::string& value) {
  Statement rows(database, std::string("SELECT ") + kTaskColumns + " FROM v_tasks WHERE " +
                               condition + " GROUP BY task_id ORDER BY task_id");
  rows.bind(value);
  std::vector<TaskState> states;
  while (rows.next()) states.push_back(read_task(rows, database.file()));
  return states;
}

/// The first word of a statement in lower case, after blanks and comments.
std::string first_word(const std::string& sql) {
  size_t at = 0;
  while (at < sql.size()) {
    if (std::isspace(static_cast<unsigned char>(sql[at])) != 0) {
      ++at;
    } else if (sql.compare(at, 2, "--") == 0) {
      at = std::min(sql.find('\n', at), sql.size());
    } else if (sql.compare(at, 2, "/*") == 0) {
      const size_t end = sql.find("*/", at + 2);
      at = end == std::string::npos ? sql.size() : end + 2;
    } else {
      break;
    }
  }
  std::string word;
  for (; at < sql.size() && std::isalpha(static_cast<unsigned char>(sql[at])) != 0; ++at) {
    word += static_cast<char>(std::tolower(static_cast<unsigned char>(sql[at])));
  }
  return word;
}

void require_single_select(Database& database, const std::string& sql) {
  const std::string word = first_word(sql);
  if (word != "select" && word != "with") {
    throw ConfigError(
        "query: only SELECT or WITH ... SELECT is allowed, got '{}'; the database is opened for "
        "reading",
        sql);
  }
  sqlite3_stmt* raw = nullptr;
  const char* tail = nullptr;
  const int code = sqlite3_prepare_v2(database.handle(), sql.c_str(), -1, &raw, &tail);
  const std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)> statement(raw,
                                                                             &sqlite3_finalize);
  if (code != SQLITE_OK) {
    throw ConfigError("query: {}: {}; `SELECT name FROM sqlite_schema` lists tables and views", sql,
                      sqlite3_errmsg(database.handle()));
  }
  const std::string rest(tail);
  if (rest.find_first_not_of(" \t\r\n;") != std::string::npos && !first_word(rest).empty()) {
    throw ConfigError(
        "query: one statement at a time, but after the first comes '{}'; run them one by one",
        rest);
  }
  if (sqlite3_stmt_readonly(raw) == 0) {
    throw ConfigError("query: '{}' would change the database; only SELECT is allowed", sql);
  }
}

/// Whether SQLite stopped at what the statement asks for, and not at the file.
bool is_of_the_statement(int code) {
  switch (code & 0xff) {
    case SQLITE_ERROR:
    case SQLITE_AUTH:
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_RANGE:
    case SQLITE_TOOBIG:
      return true;
    default:
      return false;
  }
}

CurveEnd curve_end(Database& database, const std::string& key) {
  Statement row(database, R"(
    SELECT epoch, train_loss, validation_epoch, validation_loss, best_epoch, best_validation_loss,
      validation_dice FROM v_curve_ends WHERE task_key = ?)");
  CurveEnd end;
  if (!row.bind(key).next()) return end;
  const auto number = [&](int column) {
    return row.is_null(column) ? kUndefined : row.real(column);
  };
  const auto epoch = [&](int column) { return row.is_null(column) ? -1 : row.integer(column); };
  end.epoch = epoch(0);
  end.train_loss = number(1);
  end.validation_epoch = epoch(2);
  end.validation_loss = number(3);
  end.best_epoch = epoch(4);
  end.best_validation_loss = number(5);
  end.validation_dice = number(6);
  return end;
}

}  // namespace

std::vector<std::string> ResultStore::experiments() const {
  Statement rows(*database_, "SELECT name FROM experiment ORDER BY id");
  std::vector<std::string> names;
  while (rows.next()) names.push_back(rows.text(0));
  return names;
}

std::vector<TaskState> ResultStore::tasks(const std::string& experiment) const {
  auto states = read_tasks(*database_, "(?1 = '' OR experiment = ?1)", experiment);
  add_details(*database_, states);
  return states;
}

std::optional<TaskState> ResultStore::task(const std::string& key) const {
  auto states = read_tasks(*database_, "task_key = ?1", key);
  if (states.empty()) return std::nullopt;
  add_details(*database_, states);
  return states.front();
}

std::vector<Artifact> ResultStore::artifacts(const std::string& task_key) const {
  Statement rows(*database_, R"(
    SELECT a.kind, a.path, a.sha256, a.bytes FROM task t JOIN artifact a ON a.run_id = t.done_run WHERE t.key = ?
    ORDER BY a.kind, a.path)");
  rows.bind(task_key);
  std::vector<Artifact> artifacts;
  while (rows.next())
    artifacts.push_back(
        {rows.text(0), full_path(rows.text(1), file_).string(), rows.text(2), rows.integer(3)});
  return artifacts;
}

std::vector<std::filesystem::path> ResultStore::logs(const std::string& task_key) const {
  Statement rows(*database_, R"(
    SELECT g.path FROM task t JOIN run r ON r.task_id = t.id JOIN run_log g ON g.run_id = r.id WHERE t.key = ?
    ORDER BY r.attempt DESC, r.id DESC)");
  rows.bind(task_key);
  std::vector<std::filesystem::path> logs;
  while (rows.next()) logs.push_back(full_path(rows.text(0), file_));
  return logs;
}

StatusSummary ResultStore::status(const std::string& experiment) const {
  return summary_of(read_tasks(*database_, "(?1 = '' OR experiment = ?1)", experiment));
}

StatusSummary ResultStore::status(const std::vector<std::string>& keys) const {
  return summary_of(read_tasks(*database_, "task_key IN (SELECT value FROM json_each(?1))",
                               nlohmann::json(keys).dump()));
}

StatusSummary ResultStore::summary_of(std::vector<TaskState> tasks) const {
  StatusSummary summary;
  for (const char* state : {"pending", "running", "done", "failed", "blocked"})
    summary.states[state] = 0;
  summary.left_s = time_left_s(*database_, tasks, now_s());
  for (TaskState& task : tasks) {
    ++summary.states[task.state];
    ++summary.total;
    if (task.state == "running") {
      if (task.task.kind == "train") task.curve = curve_end(*database_, task.task.key);
      summary.running.push_back(std::move(task));
    } else if (task.state == "failed") {
      summary.failed.push_back(std::move(task));
    }
  }
  return summary;
}

QueryTable ResultStore::query(const std::string& sql) const {
  require_single_select(*database_, sql);
  if (kept_views_) kept_views_->make_for(*database_, sql);
  Statement rows(*database_, sql);
  QueryTable table;
  for (int column = 0; column < rows.column_count(); ++column)
    table.columns.push_back(rows.column_name(column));
  try {
    while (rows.next()) {
      std::vector<QueryValue> row;
      for (int column = 0; column < rows.column_count(); ++column)
        row.push_back(rows.value(column));
      table.rows.push_back(std::move(row));
    }
  } catch (const DataError&) {
    if (!is_of_the_statement(sqlite3_errcode(database_->handle()))) throw;
    throw ConfigError("query: {}: {}; correct the statement, the database is as it was", sql,
                      sqlite3_errmsg(database_->handle()));
  }
  return table;
}

}  // namespace nmsw::results
