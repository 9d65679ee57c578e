#include "results/private_copy.h"

#include <unistd.h>

#include <array>
#include <memory>
#include <string>
#include <utility>

#include <sqlite3.h>

#include "nmsw/base/error.h"

namespace nmsw::results {
namespace {

namespace fs = std::filesystem;

constexpr std::array<const char*, 2> kLogEndings{"-wal", "-journal"};

fs::path beside(const fs::path& database, const char* ending) { return database.string() + ending; }

/// Size and time of a file and its logs; equal before and after: nobody wrote.
std::string stamp_of(const fs::path& database) {
  std::string stamp;
  for (const char* ending : {"", kLogEndings[0], kLogEndings[1]}) {
    std::error_code absent;
    const auto size = fs::file_size(beside(database, ending), absent);
    if (absent) continue;
    const auto time = fs::last_write_time(beside(database, ending), absent);
    stamp +=
        ending + std::to_string(size) + '@' + std::to_string(time.time_since_epoch().count()) + ' ';
  }
  return stamp;
}

/// Takes what the log holds into the file; an error code of SQLite.
int settle(const fs::path& file) {
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &raw, SQLITE_OPEN_READWRITE, nullptr);
  const std::unique_ptr<sqlite3, decltype(&sqlite3_close)> handle(raw, &sqlite3_close);
  if (code != SQLITE_OK) return code;
  return sqlite3_exec(raw, "SELECT count(*) FROM sqlite_schema; PRAGMA journal_mode = DELETE",
                      nullptr, nullptr, nullptr);
}

}  // namespace

bool has_log(const fs::path& database) {
  for (const char* ending : kLogEndings) {
    std::error_code absent;
    const auto size = fs::file_size(beside(database, ending), absent);
    if (!absent && size > 0) return true;
  }
  return false;
}

PrivateCopy::PrivateCopy(const fs::path& database) {
  std::error_code ignored, no_place;
  const fs::path place = fs::temp_directory_path(no_place);
  const auto refuse = [&](const std::string& why) -> DataError {
    return DataError(
        "{}: nothing can be written beside it, and its log holds changes that are not in the file "
        "yet; to read both they are copied to a folder for temporary files (TMPDIR), but {}; copy "
        "the file and those named like it to "
        "a folder that can be written, and name that one with --db",
        database.string(), why);
  };
  if (no_place) throw refuse("there is none: " + no_place.message());
  std::string pattern = (place / "nmsw-read-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr)
    throw refuse("nothing can be made in " + place.string());
  folder_ = pattern;
  file_ = folder_ / database.filename();
  try {
    fill(database);
  } catch (const fs::filesystem_error& fault) {
    fs::remove_all(folder_, ignored);
    throw refuse(fault.code().message());
  } catch (...) {
    fs::remove_all(folder_, ignored);
    throw;
  }
}

PrivateCopy::~PrivateCopy() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

void PrivateCopy::fill(const fs::path& database) {
  const std::string before = stamp_of(database);
  fs::copy_file(database, file_);
  for (const char* ending : kLogEndings) {
    if (fs::exists(beside(database, ending)))
      fs::copy_file(beside(database, ending), beside(file_, ending));
  }
  for (const auto& entry : fs::directory_iterator(folder_))
    fs::permissions(entry.path(), fs::perms::owner_read | fs::perms::owner_write);
  if (stamp_of(database) != before) {
    throw DataError("{}: another program changes it while it is copied for reading; try again",
                    database.string());
  }
  if (const int code = settle(file_); code != SQLITE_OK) {
    throw DataError("{}: its log cannot be read: {}; restore a copy of both", database.string(),
                    sqlite3_errstr(code));
  }
}

}  // namespace nmsw::results
