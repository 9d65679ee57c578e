#include "results/store.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>
#include <sqlite3.h>

#include "nmsw/base/error.h"
#include "results/folder_lock.h"
#include "results/kept_views.h"
#include "results/schema.h"
#include "results/sqlite.h"
#include "results/upgrade.h"

namespace nmsw::results {
namespace {

constexpr int64_t kSchemaVersion = 7;
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
/// wait is over. While another process closes the last connection and takes its log files away,
/// SQLite answers with an I/O error instead of busy; that passes at once, so it is tried again for
/// a second and reported if it stays.
void use_wal(Database& database, const Waiting& waiting) {
  Waiting for_log = waiting;
  for_log.limit_ms = std::min(waiting.limit_ms, 1000);
  Wait busy(waiting, database.file().string()), log_going(for_log, database.file().string());
  while (true) {
    const int code =
        sqlite3_exec(database.handle(), "PRAGMA journal_mode = WAL", nullptr, nullptr, nullptr);
    if (code == SQLITE_OK) return;
    const bool again = ((code & 0xff) == SQLITE_BUSY && busy.again()) ||
                       ((code & 0xff) == SQLITE_IOERR && log_going.again());
    if (!again) database.raise("cannot write the database");
  }
}

/// A log that readers and writers share needs memory that they share, which machines do not. Every
/// write then goes to a journal beside the file, and locks are those of the file system.
void use_journal(Database& database, const Waiting& waiting, const std::string& disk, bool is_new) {
  Wait busy(waiting, database.file().string());
  Statement mode(database, "PRAGMA journal_mode");
  mode.next();
  const std::string before = mode.text(0);
  mode.reset();
  if (before == "delete" && !is_new) return;
  while (sqlite3_exec(database.handle(), "PRAGMA journal_mode = DELETE", nullptr, nullptr,
                      nullptr) != SQLITE_OK) {
    if (!busy.again()) database.raise("cannot write the database");
  }
  waiting.tell(fmt::format(
      "{}: lies on a network file system ({}), where no write-ahead log is used: it needs memory "
      "that all programs share. One program at a time should write it; a local disk is better",
      database.file().string(), disk));
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

/// The log files stay when the last connection closes: taking them away races with a process that
/// is just opening.
void keep_log_files(Database& database) {
  int on = 1;
  sqlite3_file_control(database.handle(), "main", SQLITE_FCNTL_PERSIST_WAL, &on);
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
  const FolderLock lock(file, options.waiting);
  auto database = std::make_unique<Database>(file, Access::create, options.waiting);
  const std::string disk = options.network_disk(file);
  // A log that stayed would be read again after the change to a journal.
  if (disk.empty()) keep_log_files(*database);
  const bool ready = require_ours(*database);
  if (sqlite3_db_readonly(database->handle(), "main") == 1) {
    throw DataError(
        "{}: the database cannot be written; change its permissions or name another with --db",
        file.string());
  }
  if (disk.empty()) {
    use_wal(*database, options.waiting);
  } else {
    use_journal(*database, options.waiting, disk, !ready);
  }
  database->execute("PRAGMA synchronous = NORMAL");
  if (!ready) create_tables(*database);
  bring_up_to_date(*database);
  database->execute("PRAGMA foreign_keys = ON");
  return ResultStore(file, std::move(database), std::move(options.clock));
}

ResultStore ResultStore::open_read_only(const std::filesystem::path& file, StoreOptions options) {
  auto database = std::make_unique<Database>(file, Access::read_only, options.waiting);
  if (!require_ours(*database)) {
    throw DataError("{}: the database is empty; run an experiment first or name another with --db",
                    file.string());
  }
  if (is_older(*database)) upgrade_for_reading(*database);
  ResultStore store(file, std::move(database), std::move(options.clock));
  store.kept_views_ = std::make_unique<KeptViews>();
  return store;
}

const std::filesystem::path& ResultStore::file() const { return file_; }

}  // namespace nmsw::results
