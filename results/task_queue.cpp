#include "results/task_queue.h"

#include <algorithm>
#include <cmath>
#include <ctime>
#include <map>
#include <tuple>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "nmsw/base/error.h"
#include "results/queries.h"

namespace nmsw::results {
namespace {

/// Runs a statement that changes the claim's task, if the claim still holds it; `?1` is the key,
/// `?2` the attempt.
Written change_claimed(Database& database, const Claim& claim, const std::string& assignment,
                       const std::function<void(Statement&)>& bind_rest = {}) {
  Statement statement(database, "UPDATE task SET " + assignment +
                                    " WHERE key = ?1 AND attempt = ?2 AND state = 'running'");
  statement.bind(claim.task.key).bind(claim.attempt);
  if (bind_rest) bind_rest(statement);
  statement.run();
  return database.changes() == 1 ? Written::stored : Written::superseded;
}

Claim start_run(Database& database, const ClaimRequest& request, const std::string& key,
                int attempt) {
  Statement old(
      database,
      "UPDATE run SET state = 'superseded', finished = ?2 WHERE state = 'running' AND task_id = "
      "(SELECT id FROM task WHERE key = ?1)");
  old.bind(key).bind(iso_time(request.now_s)).run();
  Statement run(database,
                "INSERT INTO run (uid, task_id, attempt, worker, state, started) VALUES "
                "(lower(hex(randomblob(16))), "
                "(SELECT id FROM task WHERE key = ?1), ?2, ?3, 'running', ?4)");
  run.bind(key).bind(attempt).bind(request.worker).bind(iso_time(request.now_s)).run();
  Claim claim;
  claim.run_id = database.last_insert_id();
  claim.task = select_task(database, key)->task;
  claim.attempt = attempt;
  claim.worker = request.worker;
  claim.lease_until_s = request.now_s + request.lease_s;
  return claim;
}

}  // namespace

std::string iso_time(double seconds) {
  const auto whole = static_cast<std::time_t>(std::floor(seconds));
  const int milliseconds =
      std::min(999, static_cast<int>((seconds - static_cast<double>(whole)) * 1000));
  std::tm utc{};
  gmtime_r(&whole, &utc);
  return fmt::format("{:04d}-{:02d}-{:02d}T{:02d}:{:02d}:{:02d}.{:03d}Z", utc.tm_year + 1900,
                     utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec,
                     milliseconds);
}

std::optional<Claim> claim_task(Database& database, const ClaimRequest& request) {
  if (request.keys.empty()) return std::nullopt;
  Transaction transaction(database);
  Statement take(database, R"(
    UPDATE task SET state = 'running', worker = ?1, lease_until_s = ?2, progress = 0, progress_text = '',
      last_error = '',
      attempt = 1 + max(attempt, coalesce((SELECT max(r.attempt) FROM run r WHERE r.task_id = task.id), 0))
    WHERE id = (
      SELECT t.id FROM json_each(?4) wanted JOIN task t ON t.key = wanted.value
      WHERE (t.state = 'pending' OR (t.state = 'running' AND t.lease_until_s <= ?3))
        AND NOT EXISTS (SELECT 1 FROM task_dependency d JOIN task n ON n.id = d.needs_id
                        WHERE d.task_id = t.id AND n.state <> 'done')
      ORDER BY wanted.key LIMIT 1)
    RETURNING key, attempt)");
  take.bind(request.worker).bind(request.now_s + request.lease_s).bind(request.now_s);
  take.bind(nlohmann::json(request.keys).dump());
  if (!take.next()) return std::nullopt;
  const std::string key = take.text(0);
  const int attempt = static_cast<int>(take.integer(1));
  take.run();
  Claim claim = start_run(database, request, key, attempt);
  transaction.commit();
  return claim;
}

bool is_current(Database& database, const Claim& claim) {
  Statement statement(database,
                      "SELECT 1 FROM task WHERE key = ? AND attempt = ? AND state = 'running'");
  return statement.bind(claim.task.key).bind(claim.attempt).next();
}

Written extend_lease(Database& database, const Claim& claim, double lease_until_s) {
  return change_claimed(database, claim, "lease_until_s = ?3",
                        [&](Statement& s) { s.bind(lease_until_s); });
}

Written report_progress(Database& database, const Claim& claim, double fraction,
                        const std::string& text) {
  const double shown = std::isfinite(fraction) ? std::clamp(fraction, 0.0, 1.0) : 0.0;
  return change_claimed(database, claim, "progress = ?3, progress_text = ?4",
                        [&](Statement& s) { s.bind(shown).bind(text); });
}

void close_run(Database& database, const Claim& claim, const RunRecord& run,
               const std::string& state, const std::string& error) {
  Statement statement(database, R"(
    UPDATE run SET state = ?, error = ?, "commit" = ?, dirty = ?, config_sha = ?, data_sha = ?, host = ?, cpu = ?,
      gpu = ?, threads = ?, torch = ?, notes = ?, finished = ?, started = coalesce(nullif(?, ''), started)
    WHERE id = ?)");
  statement.bind(state)
      .bind(error)
      .bind(run.commit)
      .bind(run.dirty ? 1 : 0)
      .bind(run.config_sha)
      .bind(run.data_sha);
  statement.bind(run.host)
      .bind(run.cpu)
      .bind(run.gpu)
      .bind(run.threads)
      .bind(run.torch)
      .bind(run.notes);
  statement.bind(run.finished).bind(run.started).bind(claim.run_id);
  statement.run();
}

Written fail_task(Database& database, const Claim& claim, const RunRecord& run,
                  const std::string& error) {
  Transaction transaction(database);
  const Written written =
      change_claimed(database, claim, "state = 'failed', worker = '', last_error = ?3",
                     [&](Statement& s) { s.bind(error); });
  if (written == Written::stored) close_run(database, claim, run, "failed", error);
  transaction.commit();
  return written;
}

Written release_task(Database& database, const Claim& claim, double now_s) {
  Transaction transaction(database);
  const Written written = change_claimed(
      database, claim,
      "state = 'pending', worker = '', lease_until_s = 0, progress = 0, progress_text = ''");
  if (written == Written::stored) {
    Statement run(database, "UPDATE run SET state = 'released', finished = ? WHERE id = ?");
    run.bind(iso_time(now_s)).bind(claim.run_id).run();
  }
  transaction.commit();
  return written;
}

int release_lost(Database& database, const std::function<bool(const std::string&)>& is_gone,
                 double now_s) {
  Transaction transaction(database);
  std::vector<Claim> lost;
  Statement running(database, R"(
    SELECT t.key, t.attempt, r.id, t.worker, t.lease_until_s FROM task t JOIN run r ON r.task_id = t.id AND r.attempt = t.attempt
    WHERE t.state = 'running')");
  while (running.next()) {
    Claim claim;
    claim.task.key = running.text(0);
    claim.attempt = static_cast<int>(running.integer(1));
    claim.run_id = running.integer(2);
    const bool lease_is_over = running.real(4) <= now_s;
    if (lease_is_over || is_gone(running.text(3))) lost.push_back(claim);
  }
  for (const Claim& claim : lost) {
    change_claimed(
        database, claim,
        "state = 'pending', worker = '', lease_until_s = 0, progress = 0, progress_text = ''");
    Statement run(database,
                  "UPDATE run SET state = 'superseded', error = 'the worker is gone', finished = ? "
                  "WHERE id = ?");
    run.bind(iso_time(now_s)).bind(claim.run_id).run();
  }
  transaction.commit();
  return static_cast<int>(lost.size());
}

int retry_failed(Database& database, const std::string& experiment) {
  Statement statement(database, R"(
    UPDATE task SET state = 'pending', worker = '', lease_until_s = 0, progress = 0, progress_text = ''
    WHERE state = 'failed' AND (?1 = '' OR id IN (
      SELECT x.task_id FROM experiment_task x JOIN experiment e ON e.id = x.experiment_id WHERE e.name = ?1)))");
  statement.bind(experiment).run();
  return static_cast<int>(database.changes());
}

}  // namespace nmsw::results
