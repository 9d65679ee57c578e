#pragma once

#include <stdexcept>
#include <string>

#include <fmt/format.h>

namespace nmsw {

/// What kind of fault stopped the program; `main` turns it into the exit code of the same number.
enum class ErrorKind { bug = 1, config = 2, data = 3, task = 4 };

/// The one exception type of the project. A message says what was wrong and where (file, and line
/// for YAML), what was expected, and ends with what to do about it.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}
  ErrorKind kind() const { return kind_; }
  int exit_code() const { return static_cast<int>(kind_); }

 private:
  ErrorKind kind_;
};

/// Wrong configuration or usage (exit code 2).
class ConfigError : public Error {
 public:
  template <class... Args>
  explicit ConfigError(fmt::format_string<Args...> format, Args&&... args)
      : Error(ErrorKind::config, fmt::format(format, std::forward<Args>(args)...)) {}
};

/// Unusable input or output data (exit code 3).
class DataError : public Error {
 public:
  template <class... Args>
  explicit DataError(fmt::format_string<Args...> format, Args&&... args)
      : Error(ErrorKind::data, fmt::format(format, std::forward<Args>(args)...)) {}
};

/// There is no room left on a disk (exit code 3): nothing half is stored, and the same command goes
/// on once there is room.
class StorageFull : public DataError {
 public:
  using DataError::DataError;
};

/// Some tasks of an experiment failed; the others are done and stored (exit code 4).
class TaskError : public Error {
 public:
  template <class... Args>
  explicit TaskError(fmt::format_string<Args...> format, Args&&... args)
      : Error(ErrorKind::task, fmt::format(format, std::forward<Args>(args)...)) {}
};

/// A tensor of the wrong shape reached a public function: a bug in the caller (exit code 1).
class ShapeError : public Error {
 public:
  template <class... Args>
  explicit ShapeError(fmt::format_string<Args...> format, Args&&... args)
      : Error(ErrorKind::bug, fmt::format(format, std::forward<Args>(args)...)) {}
};

}  // namespace nmsw
