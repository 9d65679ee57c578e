#pragma once

#include <filesystem>

namespace nmsw::results {

/// True if a log beside a database may hold changes that are not in the file yet.
bool has_log(const std::filesystem::path& database);

/// A database with what its log holds, as a file of its own that goes with the object. For reading
/// where nothing can be written beside the database, which SQLite must do to read a log.
class PrivateCopy {
 public:
  /// throws   DataError if no copy can be made, or if the original changes meanwhile
  explicit PrivateCopy(const std::filesystem::path& database);
  PrivateCopy(const PrivateCopy&) = delete;
  PrivateCopy& operator=(const PrivateCopy&) = delete;
  ~PrivateCopy();

  const std::filesystem::path& file() const { return file_; }

 private:
  void fill(const std::filesystem::path& database);

  std::filesystem::path folder_;
  std::filesystem::path file_;
};

}  // namespace nmsw::results
