#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "results/claims.h"
#include "results/store.h"
#include "results/stored_paths.h"

namespace nmsw::results {
namespace {

constexpr int kMostLosses = 3;
constexpr const char* kLeaseIsOver = "its lease ran out";

/// Ends what ran before, and begins the claim's run.
void start_run(Database& database, Claim& claim, double now_s) {
  Statement old(
      database,
      "UPDATE run SET state = 'superseded', finished = ?2 WHERE state = 'running' AND task_id = "
      "(SELECT id FROM task WHERE key = ?1)");
  old.bind(claim.task.key).bind(iso_time(now_s)).run();
  Statement run(database,
                "INSERT INTO run (uid, task_id, attempt, worker, state, started) VALUES "
                "(lower(hex(randomblob(16))), "
                "(SELECT id FROM task WHERE key = ?1), ?2, ?3, 'running', ?4)");
  run.bind(claim.task.key).bind(claim.attempt).bind(claim.worker).bind(iso_time(now_s)).run();
  claim.run_id = database.last_insert_id();
}

/// The first of `keys` that can be done now; with the worker that has it if its lease is over.
std::optional<Claim> next_candidate(Database& database, const std::vector<std::string>& keys,
                                    double now_s) {
  Statement find(database, R"(
    SELECT t.key, t.attempt, iif(t.state = 'running', t.worker, '') FROM json_each(?1) wanted
      JOIN task t ON t.key = wanted.value
    WHERE (t.state = 'pending' OR (t.state = 'running' AND t.lease_until_s <= ?2))
      AND NOT EXISTS (SELECT 1 FROM task_dependency d JOIN task n ON n.id = d.needs_id
                      WHERE d.task_id = t.id AND n.state <> 'done')
    ORDER BY wanted.key LIMIT 1)");
  if (!find.bind(nlohmann::json(keys).dump()).bind(now_s).next()) return std::nullopt;
  Claim candidate;
  candidate.task.key = find.text(0);
  candidate.attempt = static_cast<int>(find.integer(1));
  candidate.worker = find.text(2);
  return candidate;
}

Claim take(Database& database, const std::string& key, const std::string& worker,
           double lease_until_s) {
  Statement update(database, R"(
    UPDATE task SET state = 'running', worker = ?2, lease_until_s = ?3, progress = 0, progress_text = '',
      last_error = '',
      attempt = 1 + max(attempt, coalesce((SELECT max(r.attempt) FROM run r WHERE r.task_id = task.id), 0))
    WHERE key = ?1 RETURNING attempt)");
  update.bind(key).bind(worker).bind(lease_until_s).next();
  Claim claim;
  claim.task.key = key;
  claim.attempt = static_cast<int>(update.integer(0));
  claim.worker = worker;
  claim.lease_until_s = lease_until_s;
  update.run();
  return claim;
}

/// "host (process 17)" of "host:17".
std::string place_of_worker(const std::string& worker) {
  const size_t colon = worker.rfind(':');
  if (colon == std::string::npos) return worker;
  return fmt::format("{} (process {})", worker.substr(0, colon), worker.substr(colon + 1));
}

/// Ends an attempt whose worker vanished. The task is pending again, or, when several attempts in a
/// row got no further, failed: what it works on may be what ends its workers. how: what is known
/// of the end. returns the task's state
std::string note_loss(Database& database, const Claim& lost, const std::string& how, double now_s) {
  Statement find(database, R"(
    SELECT iif(progress > lost_progress, 1, lost + 1), max(progress, lost_progress), progress, progress_text, worker
    FROM task WHERE key = ?)");
  find.bind(lost.task.key).next();
  const int64_t losses = find.integer(0);
  const double furthest = find.real(1);
  const bool failed = losses >= kMostLosses;
  const std::string doing = find.text(3).empty() ? "working on this task" : "at " + find.text(3);
  std::string error = fmt::format("the worker vanished: {}", how);
  if (failed) {
    error = fmt::format(
        "the worker vanished {} times while {} ({:.0f} %); last seen on {}, {}; a file that it "
        "reads may crash it, or memory run out: correct the cause, then `nmsw retry`",
        losses, doing, 100 * find.real(2), place_of_worker(find.text(4)), how);
  }
  find.reset();
  Statement task(database, R"(
    UPDATE task SET state = ?2, last_error = ?3, lost = ?4, lost_progress = ?5, worker = '', lease_until_s = 0,
      progress = 0, progress_text = '' WHERE key = ?1)");
  task.bind(lost.task.key).bind(failed ? "failed" : "pending").bind(failed ? error : "");
  task.bind(losses).bind(furthest).run();
  Statement run(database, R"(
    UPDATE run SET state = ?3, error = ?4, finished = ?5
    WHERE state = 'running' AND attempt = ?2 AND task_id = (SELECT id FROM task WHERE key = ?1))");
  run.bind(lost.task.key).bind(lost.attempt).bind(failed ? "failed" : "superseded");
  run.bind(error).bind(iso_time(now_s)).run();
  return failed ? "failed" : "pending";
}

/// Gives back each running task of which `end_of` knows an end. returns how many
int give_back(Database& database, double now_s,
              const std::function<std::optional<std::string>(const Claim&)>& end_of) {
  Transaction transaction(database);
  std::vector<Claim> running;
  Statement rows(database,
                 "SELECT key, attempt, worker, lease_until_s FROM task WHERE state = 'running'");
  while (rows.next()) {
    Claim claim;
    claim.task.key = rows.text(0);
    claim.attempt = static_cast<int>(rows.integer(1));
    claim.worker = rows.text(2);
    claim.lease_until_s = rows.real(3);
    running.push_back(claim);
  }
  int lost = 0;
  for (const Claim& claim : running) {
    const auto how = end_of(claim);
    if (!how) continue;
    note_loss(database, claim, *how, now_s);
    ++lost;
  }
  transaction.commit();
  return lost;
}

}  // namespace

std::optional<Claim> ResultStore::claim(const std::string& worker, double lease_s,
                                        const std::vector<std::string>& keys) {
  if (keys.empty()) return std::nullopt;
  Database& database = *database_;
  const double now = now_s();
  Transaction transaction(database);
  std::optional<Claim> claim;
  while (const auto candidate = next_candidate(database, keys, now)) {
    // What a vanished worker had is free again, or has vanished too often.
    if (candidate->worker.empty() ||
        note_loss(database, *candidate, kLeaseIsOver, now) == "pending") {
      claim = take(database, candidate->task.key, worker, now + lease_s);
      start_run(database, *claim, now);
      claim->task = task(claim->task.key)->task;
      break;
    }
  }
  transaction.commit();
  return claim;
}

Written ResultStore::extend_lease(const Claim& claim, double lease_s) {
  return change_claimed(*database_, claim, "lease_until_s = ?3",
                        [&](Statement& s) { s.bind(now_s() + lease_s); });
}

Written ResultStore::report_progress(const Claim& claim, double fraction, const std::string& text) {
  const double shown = std::isfinite(fraction) ? std::clamp(fraction, 0.0, 1.0) : 0.0;
  return change_claimed(*database_, claim, "progress = ?3, progress_text = ?4",
                        [&](Statement& s) { s.bind(shown).bind(text); });
}

Written ResultStore::note_log(const Claim& claim, const std::filesystem::path& log) {
  Database& database = *database_;
  Transaction transaction(database);
  if (!is_current(database, claim)) return Written::superseded;
  Statement insert(database, "INSERT OR REPLACE INTO run_log (run_id, path) VALUES (?, ?)");
  insert.bind(claim.run_id).bind(stored_path(log, database.file())).run();
  transaction.commit();
  return Written::stored;
}

Written ResultStore::fail(const Claim& claim, const RunRecord& run, const std::string& error) {
  Database& database = *database_;
  Transaction transaction(database);
  const Written written =
      change_claimed(database, claim, "state = 'failed', worker = '', last_error = ?3",
                     [&](Statement& s) { s.bind(error); });
  if (written == Written::stored)
    close_run(database, claim, with_end(run, now_s()), "failed", error);
  transaction.commit();
  return written;
}

Written ResultStore::release(const Claim& claim) {
  Database& database = *database_;
  Transaction transaction(database);
  const Written written = change_claimed(
      database, claim,
      "state = 'pending', worker = '', lease_until_s = 0, progress = 0, progress_text = ''");
  if (written == Written::stored) {
    Statement run(database, "UPDATE run SET state = 'released', finished = ? WHERE id = ?");
    run.bind(iso_time(now_s())).bind(claim.run_id).run();
  }
  transaction.commit();
  return written;
}

int ResultStore::release_lost(const std::function<bool(const std::string& worker)>& is_gone) {
  const double now = now_s();
  return give_back(*database_, now, [&](const Claim& claim) -> std::optional<std::string> {
    if (claim.lease_until_s <= now) return kLeaseIsOver;
    if (is_gone(claim.worker)) return "its process is no longer there";
    return std::nullopt;
  });
}

int ResultStore::worker_died(const std::string& worker, const std::string& how) {
  return give_back(*database_, now_s(), [&](const Claim& claim) {
    return claim.worker == worker ? std::optional(how) : std::nullopt;
  });
}

int ResultStore::retry_failed(const std::string& experiment) {
  Statement statement(*database_, R"(
    UPDATE task SET state = 'pending', worker = '', lease_until_s = 0, progress = 0, progress_text = '',
      lost = 0, lost_progress = 0
    WHERE state = 'failed' AND (?1 = '' OR id IN (
      SELECT x.task_id FROM experiment_task x JOIN experiment e ON e.id = x.experiment_id WHERE e.name = ?1)))");
  statement.bind(experiment).run();
  return static_cast<int>(database_->changes());
}

}  // namespace nmsw::results
