#include "results/store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <chrono>
#include <utility>

#include <fmt/format.h>
#include <sqlite3.h>

#include "nmsw/base/error.h"
#include "results/result_writer.h"
#include "results/schema.h"
#include "results/sqlite.h"
#include "results/task_queue.h"
#include "results/upgrade.h"

namespace nmsw::results {
namespace {

constexpr int64_t kSchemaVersion = 3;
constexpr int64_t kApplicationId = 0x4e4d5357;  // "NMSW"; `file` and SQLite tools show it

/// throws   ConfigError for a newer file, DataError for a stranger's; returns whether the tables
///          are there
bool require_ours(Database& database) {
  const int64_t version = database.number("PRAGMA user_version");
  const int64_t application = database.number("PRAGMA application_id");
  if (application != kApplicationId) {
    if (database.number("SELECT count(*) FROM sqlite_schema") == 0 && version == 0) return false;
    throw DataError("{}: this SQLite file is not a result database; name another with --db",
                    database.file().string());
  }
  if (version > kSchemaVersion) {
    throw ConfigError(
        "{}: the database has version {}, this program knows versions up to {}; update the "
        "program, or name another "
        "database with --db (the file was left as it is)",
        database.file().string(), version, kSchemaVersion);
  }
  return true;
}

/// Changing to WAL does not wait for other processes by itself, so it is tried again until the
/// timeout. While another process closes the last connection and takes its log files away, SQLite
/// answers with an I/O error instead of busy; that passes at once, so it is tried again for a
/// second and reported if it stays.
void use_wal(Database& database, int busy_timeout_ms) {
  constexpr int kPauseMs = 10;
  constexpr int kLogGoingMs = 1000;
  for (int waited_ms = 0;; waited_ms += kPauseMs) {
    const int code =
        sqlite3_exec(database.handle(), "PRAGMA journal_mode = WAL", nullptr, nullptr, nullptr);
    if (code == SQLITE_OK) return;
    const bool busy = (code & 0xff) == SQLITE_BUSY && waited_ms < busy_timeout_ms;
    const bool log_going = (code & 0xff) == SQLITE_IOERR && waited_ms < kLogGoingMs;
    if (!busy && !log_going) database.raise("cannot write the database");
    sqlite3_sleep(kPauseMs);
  }
}

void create_tables(Database& database) {
  Transaction transaction(database);
  if (!require_ours(database)) {
    for (const auto& [name, text] : embedded_schema()) database.execute(text);
    database.execute(fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}",
                                 kApplicationId, kSchemaVersion));
  }
  transaction.commit();
}

bool is_older(Database& database) {
  return database.number("PRAGMA user_version") < kSchemaVersion;
}

void bring_up_to_date(Database& database) {
  if (!is_older(database)) return;
  Transaction transaction(database);
  if (is_older(database)) {
    upgrade(database);
    database.execute(fmt::format("PRAGMA user_version = {}", kSchemaVersion));
  }
  transaction.commit();
}

/// Held while a database is opened and made, so that two processes never change the journal mode of
/// one file at once.
class FolderLock {
 public:
  explicit FolderLock(const std::filesystem::path& file)
      : descriptor_(
            ::open(std::filesystem::absolute(file).parent_path().c_str(), O_RDONLY | O_DIRECTORY)) {
    if (descriptor_ >= 0) ::flock(descriptor_, LOCK_EX);
  }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  ~FolderLock() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }

 private:
  int descriptor_;
};

/// The log files stay when the last connection closes: taking them away races with a process that
/// is just opening.
void keep_log_files(Database& database) {
  int on = 1;
  sqlite3_file_control(database.handle(), "main", SQLITE_FCNTL_PERSIST_WAL, &on);
}

RunRecord with_end(RunRecord run, double now_s) {
  if (run.finished.empty()) run.finished = iso_time(now_s);
  return run;
}

}  // namespace

Clock system_clock() {
  return [] {
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch())
        .count();
  };
}

ResultStore::ResultStore(std::filesystem::path file, std::unique_ptr<Database> database,
                         Clock clock)
    : file_(std::move(file)), database_(std::move(database)), clock_(std::move(clock)) {}

ResultStore::ResultStore(ResultStore&&) noexcept = default;
ResultStore& ResultStore::operator=(ResultStore&&) noexcept = default;
ResultStore::~ResultStore() = default;

ResultStore ResultStore::open(const std::filesystem::path& file, StoreOptions options) {
  std::error_code unable;
  std::filesystem::create_directories(std::filesystem::absolute(file).parent_path(), unable);
  const FolderLock lock(file);
  auto database = std::make_unique<Database>(file, Access::create, options.busy_timeout_ms);
  keep_log_files(*database);
  const bool ready = require_ours(*database);
  if (sqlite3_db_readonly(database->handle(), "main") == 1) {
    throw DataError(
        "{}: the database cannot be written; change its permissions or name another with --db",
        file.string());
  }
  use_wal(*database, options.busy_timeout_ms);
  database->execute("PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON");
  if (!ready) create_tables(*database);
  bring_up_to_date(*database);
  return ResultStore(file, std::move(database), std::move(options.clock));
}

ResultStore ResultStore::open_read_only(const std::filesystem::path& file, StoreOptions options) {
  auto database = std::make_unique<Database>(file, Access::read_only, options.busy_timeout_ms);
  if (!require_ours(*database)) {
    throw DataError("{}: the database is empty; run an experiment first or name another with --db",
                    file.string());
  }
  if (is_older(*database)) upgrade_for_reading(*database);
  return ResultStore(file, std::move(database), std::move(options.clock));
}

const std::filesystem::path& ResultStore::file() const { return file_; }

Database& ResultStore::database() const { return *database_; }

void ResultStore::add_experiment(const std::string& name, const std::string& config_text,
                                 const std::string& config_sha) {
  results::add_experiment(*database_, name, config_text, config_sha, clock_());
}

void ResultStore::add_tasks(const std::vector<TaskRecord>& tasks) {
  results::add_tasks(*database_, tasks);
}

void ResultStore::add_part_of_experiment(const std::string& name, const std::string& config_text,
                                         const ExperimentPart& part) {
  results::add_part_of_experiment(*database_, name, config_text, part, clock_());
}

int ResultStore::change_keys(const std::vector<NewKey>& changes) {
  return results::change_keys(*database_, changes);
}

std::optional<Claim> ResultStore::claim(const std::string& worker, double lease_s,
                                        const std::vector<std::string>& keys) {
  return claim_task(*database_, {worker, lease_s, clock_(), keys});
}

Written ResultStore::extend_lease(const Claim& claim, double lease_s) {
  return results::extend_lease(*database_, claim, clock_() + lease_s);
}

Written ResultStore::report_progress(const Claim& claim, double fraction, const std::string& text) {
  return results::report_progress(*database_, claim, fraction, text);
}

Written ResultStore::finish(const Claim& claim, const RunRecord& run, const TaskResult& result) {
  return finish_task(*database_, claim, with_end(run, clock_()), result);
}

Written ResultStore::fail(const Claim& claim, const RunRecord& run, const std::string& error) {
  return fail_task(*database_, claim, with_end(run, clock_()), error);
}

Written ResultStore::release(const Claim& claim) {
  return release_task(*database_, claim, clock_());
}

int ResultStore::release_lost(const std::function<bool(const std::string& worker)>& is_gone) {
  return results::release_lost(*database_, is_gone, clock_());
}

int ResultStore::retry_failed(const std::string& experiment) {
  return results::retry_failed(*database_, experiment);
}

std::vector<std::string> ResultStore::experiments() const { return select_experiments(*database_); }

std::vector<TaskState> ResultStore::tasks(const std::string& experiment) const {
  return select_tasks(*database_, experiment);
}

std::optional<TaskState> ResultStore::task(const std::string& key) const {
  return select_task(*database_, key);
}

StatusSummary ResultStore::status(const std::string& experiment) const {
  return select_status(*database_, experiment);
}

std::vector<Artifact> ResultStore::artifacts(const std::string& task_key) const {
  return select_artifacts(*database_, task_key);
}

QueryTable ResultStore::query(const std::string& sql) const {
  return select_table(*database_, sql);
}

}  // namespace nmsw::results
