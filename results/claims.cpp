#include "results/claims.h"

namespace nmsw::results {

Written change_claimed(Database& database, const Claim& claim, const std::string& assignment,
                       const std::function<void(Statement&)>& bind_rest) {
  Statement statement(database, "UPDATE task SET " + assignment +
                                    " WHERE key = ?1 AND attempt = ?2 AND state = 'running'");
  statement.bind(claim.task.key).bind(claim.attempt);
  if (bind_rest) bind_rest(statement);
  statement.run();
  return database.changes() == 1 ? Written::stored : Written::superseded;
}

bool is_current(Database& database, const Claim& claim) {
  Statement statement(database,
                      "SELECT 1 FROM task WHERE key = ? AND attempt = ? AND state = 'running'");
  return statement.bind(claim.task.key).bind(claim.attempt).next();
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

RunRecord with_end(RunRecord run, double now_s) {
  if (run.finished.empty()) run.finished = iso_time(now_s);
  return run;
}

}  // namespace nmsw::results
