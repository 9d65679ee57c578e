#pragma once

#include <filesystem>
#include <fstream>
#include <mutex>
#include <string>

#include "results/store.h"

namespace nmsw::runners {

/// File name of the log in an attempt's folder.
inline constexpr const char* kLogFile = "log.txt";

/// The lines of one attempt at a task, each with the time of day in UTC before it, on the disk as
/// soon as they are written. A log that cannot be written is no fault of the task: it ends there.
/// Any thread may write.
class TaskLog {
 public:
  /// Begins the file, or goes on at its end. While the object lives it also takes what this process
  /// says with `tell_on_stderr`; of several, the one that was made last.
  explicit TaskLog(std::filesystem::path file, results::Clock clock = results::system_clock());
  ~TaskLog();
  TaskLog(const TaskLog&) = delete;
  TaskLog& operator=(const TaskLog&) = delete;

  /// One line, or several.
  void write(const std::string& text);

  const std::filesystem::path& file() const { return file_; }

 private:
  std::filesystem::path file_;
  results::Clock clock_;
  std::mutex mutex_;
  std::ofstream out_;
  TaskLog* before_;
};

/// Writes to the log that takes this process's notes; without one, nothing happens.
void write_to_current_log(const std::string& text);

/// The last lines of a log, at most `count`; empty where there is none.
std::string last_lines(const std::filesystem::path& file, size_t count);

/// The error of a failed task with what its log said last, so that the database tells both.
std::string error_with_log(const std::string& error, const std::filesystem::path& log);

/// The command line of this process, words with blanks in quotation marks.
std::string own_command_line();

}  // namespace nmsw::runners
