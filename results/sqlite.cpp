#include "results/sqlite.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sqlite3.h>

#include "nmsw/base/error.h"
#include "results/stored_paths.h"

namespace nmsw::results {
namespace {

std::string advice(int code) {
  switch (code & 0xff) {
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      return "it is not an intact SQLite database; give another file, or move it away to start "
             "anew";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "another program holds it; try again when that has ended";
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_IOERR:
      return "check that the file and its folder exist and may be written, or give another with "
             "--db";
    default:
      return "the database was left as it was; this is a bug, please report it";
  }
}

/// SQLite takes a file of a few bytes for an empty database and would write over it. Read through
/// the open handle: closing another descriptor of the file would drop this process's locks on it,
/// and another program could then take the log away under its connections.
void require_sqlite_file(sqlite3* handle, const std::filesystem::path& file) {
  constexpr std::string_view kMagic("SQLite format 3\0", 16);
  std::error_code unable;
  const auto size = std::filesystem::file_size(file, unable);  // SQLite's own calls one byte none
  sqlite3_file* opened = nullptr;
  sqlite3_file_control(handle, "main", SQLITE_FCNTL_FILE_POINTER, &opened);
  if (unable || size == 0 || opened == nullptr || opened->pMethods == nullptr) return;
  std::string start(kMagic.size(), '\0');
  const int length = static_cast<int>(start.size());
  if (size >= start.size() &&
      (opened->pMethods->xRead(opened, start.data(), length, 0) != SQLITE_OK || start == kMagic)) {
    return;
  }
  throw DataError("{}: cannot open the database: this is no SQLite file; {}", file.string(),
                  advice(SQLITE_NOTADB));
}

bool is_full(sqlite3* handle) {
  const int code = sqlite3_errcode(handle) & 0xff;
  if (code == SQLITE_FULL) return true;
  const int system = sqlite3_system_errno(handle);
  return (code == SQLITE_IOERR || code == SQLITE_CANTOPEN) &&
         (system == ENOSPC || system == EDQUOT);
}

/// full_path(path) in SQL; the user's data is the database's Database.
void full_path_in_sql(sqlite3_context* context, int, sqlite3_value** values) {
  const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(values[0]));
  if (text == nullptr) return sqlite3_result_null(context);
  const auto* database = static_cast<const Database*>(sqlite3_user_data(context));
  const std::string path = full_path(text, database->file()).string();
  sqlite3_result_text(context, path.data(), static_cast<int>(path.size()), SQLITE_TRANSIENT);
}

/// The databases beside a file, sorted.
std::vector<std::string> neighbours(const std::filesystem::path& file) {
  std::vector<std::string> names;
  std::error_code error;
  const auto folder = std::filesystem::absolute(file).parent_path();
  for (std::filesystem::directory_iterator it(folder, error), end; !error && it != end;
       it.increment(error)) {
    if (it->path().extension() == ".sqlite") names.push_back(it->path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

void require_database(const std::filesystem::path& file) {
  std::error_code ignored;
  if (std::filesystem::exists(file, ignored)) return;
  const std::vector<std::string> names = neighbours(file);
  throw DataError("{}: there is no such database; {}", file.string(),
                  names.empty()
                      ? "run an experiment first or name another with --db"
                      : fmt::format("its folder holds {}: name one with --db, or run an experiment",
                                    fmt::join(names, ", ")));
}

void Database::Closer::operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }

Database::Database(std::filesystem::path file, Access access, Waiting waiting)
    : file_(std::move(file)), waiting_(std::move(waiting)) {
  if (access == Access::read_only) {
    require_database(file_);
    open_for_reading();
  } else {
    std::error_code ignored;
    if (file_.has_parent_path()) std::filesystem::create_directories(file_.parent_path(), ignored);
    if (!open(file_, access, "")) raise("cannot open the database");
  }
  sqlite3_create_function_v2(handle(), "full_path", 1, SQLITE_UTF8 | SQLITE_DIRECTONLY, this,
                             full_path_in_sql, nullptr, nullptr, nullptr);
}

bool Database::open(const std::filesystem::path& file, Access access, const std::string& options) {
  const int flags =
      access == Access::create ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
  sqlite3* handle = nullptr;
  const int code =
      sqlite3_open_v2(sqlite_uri(file, options).c_str(), &handle, flags | SQLITE_OPEN_URI, nullptr);
  handle_.reset(handle);
  if (code == SQLITE_OK) require_sqlite_file(handle, file_);
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_handler(handle, on_busy, this);
  reading_uri_ = sqlite_uri(file, options.empty() ? "mode=ro" : "mode=ro&" + options);
  return code == SQLITE_OK && sqlite3_exec(handle, "SELECT count(*) FROM sqlite_schema", nullptr,
                                           nullptr, nullptr) == SQLITE_OK;
}

void Database::open_for_reading() {
  if (open(file_, Access::read_only, "")) return;
  // Reading a database in WAL mode makes files beside it. Where that is not allowed nobody else can
  // write either.
  const int primary = sqlite3_errcode(handle()) & 0xff;
  if (primary != SQLITE_CANTOPEN && primary != SQLITE_READONLY) raise("cannot open the database");
  if (has_log(file_)) {
    copy_.emplace(file_);
    if (open(copy_->file(), Access::read_only, "")) return;
  } else if (open(file_, Access::read_only, "immutable=1")) {
    return;
  }
  raise("cannot open the database");
}

int Database::on_busy(void* self, int times) {
  auto& database = *static_cast<Database*>(self);
  try {
    if (times == 0) {
      database.interrupted_ = false;
      database.wait_.emplace(database.waiting_, database.file_.string());
    }
    return database.wait_->again() ? 1 : 0;
  } catch (...) {  // no exception may pass through SQLite; `raise` tells of it
    database.interrupted_ = true;
    return 0;
  }
}

void Database::execute(const std::string& sql) {
  if (sqlite3_exec(handle(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
    raise("cannot use the database");
}

int64_t Database::number(const std::string& sql) {
  Statement statement(*this, sql);
  if (!statement.next())
    throw DataError("{}: no row for {}; the file is damaged, restore a copy", file_.string(), sql);
  return statement.integer(0);
}

int64_t Database::changes() const { return sqlite3_changes64(handle()); }

int64_t Database::last_insert_id() const { return sqlite3_last_insert_rowid(handle()); }

void Database::raise(const std::string& doing) const {
  if (std::exchange(interrupted_, false)) throw Interrupted();
  if (is_full(handle())) {
    throw StorageFull(
        "{}: {}: there is no room left on the disk of {}; make room and run again (what was stored "
        "before is safe)",
        file_.string(), doing, std::filesystem::absolute(file_).parent_path().string());
  }
  throw DataError("{}: {}: {}; {}", file_.string(), doing, sqlite3_errmsg(handle()),
                  advice(sqlite3_errcode(handle())));
}

void Statement::Finalizer::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

Statement::Statement(Database& database, std::string_view sql) : database_(database) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(database.handle(), sql.data(), static_cast<int>(sql.size()), &statement,
                         nullptr) != SQLITE_OK) {
    database.raise("cannot use the database");
  }
  statement_.reset(statement);
}

void Statement::check(int code) const {
  if (code != SQLITE_OK) database_.raise("cannot use the database");
}

Statement& Statement::bind(const std::string& text) {
  check(sqlite3_bind_text64(statement_.get(), ++bound_, text.data(), text.size(), SQLITE_TRANSIENT,
                            SQLITE_UTF8));
  return *this;
}

Statement& Statement::bind(int64_t number) {
  check(sqlite3_bind_int64(statement_.get(), ++bound_, number));
  return *this;
}

Statement& Statement::bind(double number) {
  if (!std::isfinite(number)) return bind_null();
  check(sqlite3_bind_double(statement_.get(), ++bound_, number));
  return *this;
}

Statement& Statement::bind(const std::vector<uint8_t>& bytes) {
  check(sqlite3_bind_blob64(statement_.get(), ++bound_, bytes.data(), bytes.size(),
                            SQLITE_TRANSIENT));
  return *this;
}

Statement& Statement::bind_null() {
  check(sqlite3_bind_null(statement_.get(), ++bound_));
  return *this;
}

bool Statement::next() {
  const int code = sqlite3_step(statement_.get());
  if (code != SQLITE_ROW && code != SQLITE_DONE) database_.raise("cannot use the database");
  return code == SQLITE_ROW;
}

void Statement::run() {
  while (next()) {
  }
  reset();
}

void Statement::reset() {
  sqlite3_reset(statement_.get());
  bound_ = 0;
}

int Statement::column_count() const { return sqlite3_column_count(statement_.get()); }

std::string Statement::column_name(int column) const {
  return sqlite3_column_name(statement_.get(), column);
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

std::string Statement::text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
  return text == nullptr ? "" : std::string(text, sqlite3_column_bytes(statement_.get(), column));
}

int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

double Statement::real(int column) const { return sqlite3_column_double(statement_.get(), column); }

QueryValue Statement::value(int column) const {
  switch (sqlite3_column_type(statement_.get(), column)) {
    case SQLITE_NULL:
      return std::monostate{};
    case SQLITE_INTEGER:
      return integer(column);
    case SQLITE_FLOAT:
      return real(column);
    case SQLITE_BLOB: {
      const auto* bytes =
          static_cast<const unsigned char*>(sqlite3_column_blob(statement_.get(), column));
      std::string hex;
      for (int i = 0; i < sqlite3_column_bytes(statement_.get(), column); ++i)
        hex += fmt::format("{:02x}", bytes[i]);
      return hex;
    }
    default:
      return text(column);
  }
}

Transaction::Transaction(Database& database) : database_(database) {
  database_.execute("BEGIN IMMEDIATE");
}

Transaction::~Transaction() {
  if (open_) sqlite3_exec(database_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void Transaction::commit() {
  database_.execute("COMMIT");
  open_ = false;
}

std::string sqlite_uri(const std::filesystem::path& file, const std::string& options) {
  std::string uri = "file:";
  for (const char c : std::filesystem::absolute(file).string()) {
    if (c == '?' || c == '#' || c == '%') {
      uri += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    } else {
      uri += c;
    }
  }
  return options.empty() ? uri : uri + "?" + options;
}

}  // namespace nmsw::results
