#include <fmt/format.h>

#include "nmsw/base/atomic_file.h"
#include "results/copied_tables.h"
#include "results/scratch_folder.h"
#include "results/sqlite.h"
#include "results/store.h"

namespace nmsw::results {
namespace {

namespace fs = std::filesystem;

/// The last attempt at a task that has ended as the task did.
struct LastRun {
  int64_t id = 0;
  std::string uid;
};

LastRun last_run(Database& database, const std::string& key) {
  Statement find(database, R"(
    SELECT r.id, r.uid FROM run r JOIN task t ON t.id = r.task_id
    WHERE t.key = ?1 AND r.state = t.state AND t.state IN ('done', 'failed')
      AND (t.done_run IS NULL OR t.done_run = r.id) ORDER BY r.attempt DESC LIMIT 1)");
  if (!find.bind(key).next()) return {};
  return {find.integer(0), find.text(1)};
}

void copy_task_and_run(Database& out, const LastRun& run) {
  out.execute(fmt::format(
      R"(
    INSERT INTO main.task SELECT * FROM input.task WHERE id = (SELECT task_id FROM input.run WHERE id = {0});
    INSERT INTO main.run SELECT * FROM input.run WHERE id = {0})",
      run.id));
}

/// Absolute paths: the file is read from another folder than the one it is made in.
void copy_files(Database& out, const LastRun& run, const ResultStore& from,
                const std::string& key) {
  Statement insert(out,
                   "INSERT INTO main.artifact (run_id, kind, path, sha256, bytes) VALUES (?, ?, ?, "
                   "?, ?)");
  for (const Artifact& file : from.artifacts(key)) {
    insert.bind(run.id).bind(file.kind).bind(fs::absolute(file.path).string());
    insert.bind(file.sha256).bind(file.bytes).run();
  }
}

}  // namespace

std::optional<fs::path> ResultStore::publish(const std::string& task_key,
                                             const fs::path& folder) const {
  const LastRun run = last_run(*database_, task_key);
  if (run.uid.empty()) return std::nullopt;
  const ScratchFolder scratch;
  const fs::path made = scratch.path() / "result.sqlite";
  {
    const ResultStore out = open(made);
    Database& database = *out.database_;
    database.execute("PRAGMA foreign_keys = OFF");
    Statement attach(database, "ATTACH ? AS input");
    attach.bind(database_->reading_uri()).run();
    {
      Transaction transaction(database);
      copy_task_and_run(database, run);
      for (const char* table : kResultTables) {
        database.execute(fmt::format(
            "INSERT INTO main.{0} SELECT * FROM input.{0} WHERE run_id = {1}", table, run.id));
      }
      copy_files(database, run, *this, task_key);
      transaction.commit();
    }
    database.execute("DETACH input");
    // One file that any number of readers can open and nobody needs to write beside.
    database.execute("PRAGMA journal_mode = DELETE");
  }
  const fs::path published = folder / published_name(run.uid);
  write_text_atomically(published, read_file(made));
  return published;
}

std::string published_name(const std::string& uid) { return "result-" + uid + ".sqlite"; }

}  // namespace nmsw::results
