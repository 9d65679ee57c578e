#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nmsw/base/waiting.h"
#include "results/private_copy.h"
#include "results/query_format.h"

struct sqlite3;
struct sqlite3_stmt;

namespace nmsw::results {

enum class Access { create, read_only };

/// A connection. Faults of SQLite throw DataError with the file and SQLite's message; StorageFull
/// where there is no room. Waits for other programs as `Waiting` says, and throws Interrupted where
/// that ends the wait. Statements know the function full_path(path) (stored_paths.h).
class Database {
 public:
  /// A file that is only read is read where it lies if that is possible, else without its log if
  /// the log is empty, else from a private copy of both.
  /// throws   DataError if the file is absent (read_only) or cannot be opened or made
  Database(std::filesystem::path file, Access access, Waiting waiting = {});
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  const std::filesystem::path& file() const { return file_; }
  /// What another connection must attach to read what this one reads, while this one lives.
  const std::string& reading_uri() const { return reading_uri_; }
  sqlite3* handle() const { return handle_.get(); }

  /// One or more statements without results.
  void execute(const std::string& sql);
  /// The single whole number that a statement returns.
  int64_t number(const std::string& sql);
  /// Rows that the last INSERT, UPDATE or DELETE changed.
  int64_t changes() const;
  int64_t last_insert_id() const;

  /// Throws for SQLite's last fault here: DataError, StorageFull or Interrupted. doing: what was
  /// tried, e.g. "cannot store a result".
  [[noreturn]] void raise(const std::string& doing) const;

 private:
  bool open(const std::filesystem::path& file, Access access, const std::string& options);
  void open_for_reading();
  static int on_busy(void* self, int times);
  struct Closer {
    void operator()(sqlite3* handle) const;
  };
  std::filesystem::path file_;
  Waiting waiting_;
  std::string reading_uri_;
  std::optional<PrivateCopy> copy_;
  std::optional<Wait> wait_;
  mutable bool interrupted_ = false;
  std::unique_ptr<sqlite3, Closer> handle_;
};

/// A compiled statement. Values are bound from left to right, columns are counted from 0.
class Statement {
 public:
  Statement(Database& database, std::string_view sql);

  Statement& bind(const std::string& text);
  Statement& bind(const char* text) { return bind(std::string(text)); }
  Statement& bind(int64_t number);
  Statement& bind(int number) { return bind(static_cast<int64_t>(number)); }
  /// NaN and infinities become NULL.
  Statement& bind(double number);
  Statement& bind(const std::vector<uint8_t>& bytes);
  Statement& bind_null();
  template <class Value>
  Statement& bind(const std::optional<Value>& value) {
    return value ? bind(*value) : bind_null();
  }

  /// Steps to the next row; false when there is none.
  bool next();
  /// Runs a statement to its end and makes it ready for the next values.
  void run();
  /// Ready for other values.
  void reset();

  int column_count() const;
  std::string column_name(int column) const;
  bool is_null(int column) const;
  std::string text(int column) const;
  int64_t integer(int column) const;
  double real(int column) const;
  QueryValue value(int column) const;

 private:
  struct Finalizer {
    void operator()(sqlite3_stmt* statement) const;
  };
  void check(int code) const;

  Database& database_;
  std::unique_ptr<sqlite3_stmt, Finalizer> statement_;
  int bound_ = 0;
};

/// Takes the write lock at once, and rolls back unless committed.
class Transaction {
 public:
  explicit Transaction(Database& database);
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();
  void commit();

 private:
  Database& database_;
  bool open_ = true;
};

/// Throws DataError for a file that is not there; the message names the databases beside it.
void require_database(const std::filesystem::path& file);

/// A file name as SQLite's URI, for opening or attaching. options: e.g. "mode=ro".
std::string sqlite_uri(const std::filesystem::path& file, const std::string& options);

}  // namespace nmsw::results
