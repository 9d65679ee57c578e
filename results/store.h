#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "nmsw/base/waiting.h"
#include "results/network_disk.h"
#include "results/query_format.h"
#include "results/records.h"

namespace nmsw::results {

class Database;
class KeptViews;

/// Seconds since 1970; leases are measured with it.
using Clock = std::function<double()>;
Clock system_clock();

/// network_disk   the name of the network file system that a file lies on, empty for a local disk:
///                there the log that several programs share (WAL) cannot be used
struct StoreOptions {
  Clock clock = system_clock();
  std::function<std::string(const std::filesystem::path& file)> network_disk = network_file_system;
  Waiting waiting;  // for other programs; give it a `stop` where Ctrl-C must end the wait
};

/// The database of one or more experiments: what is to do, who does it, and what came out.
///
/// Several processes may open the same file on a local disk; an object serves one thread, so each
/// thread opens its own. Every change is one transaction. The operations are declared here and
/// nowhere else; store_*.cpp hold them by topic.
class ResultStore {
 public:
  /// Opens for writing; makes the file, its folder and its tables where absent, and brings a file
  /// of an older version up to date.
  /// throws   ConfigError if a newer program made the file (which stays as it is); DataError if it
  ///          is no result database or cannot be written
  static ResultStore open(const std::filesystem::path& file, StoreOptions options = {});

  /// Opens an existing file for reading only, also from a medium that cannot be written. A file of
  /// an older version stays as it is and shows empty tables where it has none.
  /// throws   as `open`; DataError if the file is absent
  static ResultStore open_read_only(const std::filesystem::path& file, StoreOptions options = {});

  ResultStore(ResultStore&&) noexcept;
  ResultStore& operator=(ResultStore&&) noexcept;
  ~ResultStore();

  const std::filesystem::path& file() const;

  /// Registers an experiment. `config_sha` stands for the whole plan: when it differs from the
  /// stored one, the experiment's earlier list of tasks is forgotten (the tasks and their results
  /// stay), so that `add_tasks` must follow and reports show the present plan only.
  void add_experiment(const std::string& name, const std::string& config_text,
                      const std::string& config_sha);

  /// Registers an experiment of which the plan knows a part only: what it says nothing about stays
  /// listed as it is. `add_tasks` must follow.
  void add_part_of_experiment(const std::string& name, const std::string& config_text,
                              const ExperimentPart& part);

  /// Stores tasks that are not there yet and lists all of them under their experiments. An
  /// evaluation with the same place in the tables as an older one (dataset, backbone, method, k,
  /// class weight, variant, seed) takes its place. A task that nobody has begun takes the new
  /// configuration, since its data may lie elsewhere now.
  /// throws   ConfigError if an experiment or a dependency is unknown, or if two evaluations of the
  ///          list would fill the same place of a table
  void add_tasks(const std::vector<TaskRecord>& tasks);

  /// Gives tasks new keys, all of them or none; what belongs to a task stays with it: runs,
  /// results, dependencies, experiments. Of several tasks that now are the same, a finished one,
  /// else the one that has the key, else the first gets it, and stands where the others stood;
  /// those keep their results under a key that nobody asks for. What has no such old key any more
  /// is left alone, so that two programs may do it at the same time.
  /// returns   how many tasks have another key now
  int change_keys(const std::vector<NewKey>& changes);

  /// Takes the first of `keys` that is pending, or running with its lease over, and has every
  /// dependency done. An attempt that is taken over stays in the database as superseded; a
  /// task that loses worker after worker is failed instead (see release_lost). No keys, no claim.
  std::optional<Claim> claim(const std::string& worker, double lease_s,
                             const std::vector<std::string>& keys);

  /// The lease now ends `lease_s` from now. superseded: another worker may have the task by now, so
  /// that this one must stop at once and leave its files alone.
  Written extend_lease(const Claim& claim, double lease_s);

  /// Notes how far a running task is, for `nmsw status` in another shell. fraction: [0,1].
  Written report_progress(const Claim& claim, double fraction, const std::string& text);

  /// Notes which file takes the lines of an attempt; kept as the paths of artifacts are.
  Written note_log(const Claim& claim, const std::filesystem::path& log);

  /// Stores an epoch of a training that goes on, so that its curve can be seen. `finish` stores the
  /// whole curve once more.
  Written log_epoch(const Claim& claim, const EpochLog& epoch);

  /// Stores a result and marks the task done, all or nothing. Ignored if the claim is superseded.
  /// Paths of artifacts are kept relative to the database's folder (stored_paths.h).
  /// throws   StorageFull (errors.h) where there is no room; the task is still running then, and
  ///          finish can be called again
  Written finish(const Claim& claim, const RunRecord& run, const TaskResult& result);

  /// Marks the task failed, keeping the attempt and its message.
  Written fail(const Claim& claim, const RunRecord& run, const std::string& error);

  /// Gives the task back unfinished (Ctrl-C): it is pending again at once.
  Written release(const Claim& claim);

  /// Gives back running tasks whose worker is gone (killed), without waiting for their leases, and
  /// those whose lease is over, wherever their worker was. A task is failed instead when its third
  /// worker vanishes without having got further than those before, so that what ends its workers
  /// cannot hold up everything behind it.
  /// returns how many
  int release_lost(const std::function<bool(const std::string& worker)>& is_gone);

  /// The same for the tasks of one worker, from whoever saw it end. how: in words, for the message,
  /// e.g. "ended by signal 9".
  int worker_died(const std::string& worker, const std::string& how);

  /// The store's clock.
  double now_s() const { return clock_(); }

  /// Makes failed tasks pending again; vanished workers are counted anew. An empty name means every experiment. returns how many
  int retry_failed(const std::string& experiment = "");

  /// Folds the databases of other machines into this one, each input in one transaction. The inputs
  /// are only read; done twice, the second merge adds nothing.
  /// throws   ConfigError if an input is this database itself or newer than the program; DataError
  ///          if one is unreadable
  MergeReport merge(const std::vector<std::filesystem::path>& inputs);

  /// Writes the last ended attempt at a task, done or failed, to a database of its own that `merge`
  /// takes: made on a local disk (TMPDIR) and copied whole, so that no file on a shared disk is
  /// ever written in part. Its paths are absolute.
  /// folder    where it is put, under published_name
  /// returns   the file; nothing where the task has not ended
  /// throws    DataError, StorageFull
  std::optional<std::filesystem::path> publish(const std::string& task_key,
                                               const std::filesystem::path& folder) const;

  std::vector<std::string> experiments() const;
  /// In the order they were added; all tasks of the database if the name is empty.
  std::vector<TaskState> tasks(const std::string& experiment = "") const;
  std::optional<TaskState> task(const std::string& key) const;
  StatusSummary status(const std::string& experiment = "") const;
  /// Of these tasks.
  StatusSummary status(const std::vector<std::string>& keys) const;
  /// Files of the attempt that finished; none if the task is not done.
  std::vector<Artifact> artifacts(const std::string& task_key) const;
  /// Of all attempts at a task whose log is known, the newest first.
  std::vector<std::filesystem::path> logs(const std::string& task_key) const;

  /// Runs one SELECT (or WITH … SELECT). It cannot change the database.
  /// throws   ConfigError for anything else and for a faulty statement, with SQLite's message
  QueryTable query(const std::string& sql) const;

 private:
  ResultStore(std::filesystem::path file, std::unique_ptr<Database> database, Clock clock);
  StatusSummary summary_of(std::vector<TaskState> tasks) const;

  std::filesystem::path file_;
  std::unique_ptr<Database> database_;
  Clock clock_;
  /// Where the file is only read.
  std::unique_ptr<KeptViews> kept_views_;
};

/// "result-UID.sqlite": who knows the runs of a database knows which files it has taken in.
std::string published_name(const std::string& uid);

}  // namespace nmsw::results
