#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace nmsw::runners {

/// How an attempt ended, as its end.json says. Without one it vanished, or is at work.
///
/// how          done | failed | superseded | saved | out_of_memory | timeout | error | given_up
/// message      in words
/// seconds, peak_bytes   what it took; of the program that computes, not of its children's children
struct AttemptEnd {
  std::string how;
  std::string message;
  double seconds = 0;
  int64_t peak_bytes = 0;
};

/// One attempt of a cluster at a task, as its folder tells.
///
/// number           counts from 1 for each task
/// job              "123_4": array and index in it
/// memory_bytes, time_s   what it was given; 0: not said
/// result           its published database, where it has done the task; empty without one
/// failure          the same, where the task has failed
struct Attempt {
  int64_t number = 0;
  std::filesystem::path folder;
  std::string job;
  std::string node;
  double started_s = 0;
  int64_t memory_bytes = 0;
  int64_t time_s = 0;
  std::optional<AttemptEnd> end;
  std::filesystem::path result;
  std::filesystem::path failure;

  std::filesystem::path failure_folder() const { return folder / "failure"; }
};

/// What the machines of a cluster share about one database: a folder beside it. No SQLite file in it
/// is ever written in place, and no two attempts write one folder, so that any shared file system
/// will do.
///
///   tasks/KEY/N/            attempt N: start.json, files/, then result-UID.sqlite (of a failed
///                           task in failure/) and end.json
///   tasks/KEY/done          a link to the attempt whose result was published first
///   submissions/N/          scripts, lists of tasks and job ids of one submission; logs/
class ClusterFolder {
 public:
  /// Of a database: results/db/nmsw.sqlite has results/db/nmsw.slurm. Absolute.
  static ClusterFolder of(const std::filesystem::path& database);
  explicit ClusterFolder(std::filesystem::path folder) : path_(std::move(folder)) {}

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path submissions() const { return path_ / "submissions"; }
  std::filesystem::path task(const std::string& key) const { return path_ / "tasks" / key; }

  /// Keys of the tasks that have a folder, sorted.
  std::vector<std::string> keys() const;

  /// The published result of a finished task, whichever attempt came first.
  std::optional<std::filesystem::path> winner(const std::string& key) const;

  /// Makes the folder of a new attempt, which nobody else gets. Throws DataError.
  Attempt begin(const std::string& key) const;
  void write_start(const Attempt& attempt) const;
  void write_end(const Attempt& attempt, const AttemptEnd& end) const;

  /// Makes the attempt's result the task's, unless another came first. True where it is this one.
  bool win(const std::string& key, const Attempt& attempt) const;

  /// Of one task, by number.
  std::vector<Attempt> attempts(const std::string& key) const;

  /// Makes the folder of a new submission.
  std::filesystem::path begin_submission() const;
  /// By number.
  std::vector<std::filesystem::path> all_submissions() const;

 private:
  std::filesystem::path path_;
};

}  // namespace nmsw::runners
