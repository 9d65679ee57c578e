#include "runners/slurm/node_task.h"

#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <iostream>
#include <optional>
#include <thread>

#include "nmsw/base/atomic_file.h"
#include "nmsw/base/digest.h"
#include "nmsw/base/error.h"
#include "nmsw/base/readable.h"
#include "results/scratch_folder.h"
#include "results/store.h"
#include "runners/options/run_program.h"
#include "runners/planning/tasks/task_specs.h"
#include "runners/slurm/history.h"
#include "runners/slurm/slurm_program.h"
#include "runners/slurm/submission.h"
#include "runners/slurm/watched_child.h"

namespace nmsw::runners {
namespace {

namespace fs = std::filesystem;

constexpr const char* kStateFile = "state.safetensors";
constexpr int kStorageTries = 120;
constexpr auto kStoragePause = std::chrono::seconds(5);

void say(const std::string& text) { std::cerr << "nmsw: " << text << std::endl; }

double now_s() { return results::system_clock()(); }

/// Whether the shared folder can be written at this moment.
bool is_writable(const fs::path& folder) {
  struct statvfs disk {};
  return statvfs(folder.c_str(), &disk) == 0 && (disk.f_flag & ST_RDONLY) == 0 &&
         access(folder.c_str(), W_OK) == 0;
}

/// What must reach the shared folder: tried again while it is away, for ten minutes.
void with_storage(const std::function<void()>& write) {
  for (int tried = 0;; ++tried) {
    try {
      write();
      return;
    } catch (const DataError& fault) {
      if (tried == kStorageTries) throw;
      if (tried == 0) say(fmt::format("waits for the shared folder: {}", fault.what()));
    }
    std::this_thread::sleep_for(kStoragePause);
  }
}

/// One job's work on one task.
class NodeTask {
 public:
  NodeTask(const fs::path& submission, ListedTask task,
           const std::function<void(const std::vector<std::string>&)>& run)
      : submission_(read_submission(submission)),
        folder_(ClusterFolder::of(submission_.database)),
        place_(job_place()),
        task_(std::move(task)),
        run_(run) {}

  int work();

 private:
  std::optional<int> refusal();
  void begin();
  void take_state();
  fs::path state_file() const;
  ChildEnd compute(const fs::path& database);
  std::optional<int> after(const ChildEnd& end, const fs::path& database);
  int finish(const results::ResultStore& store, const ChildEnd& end);
  int stopped(const ChildEnd& end);
  int lost(const ChildEnd& end, const std::string& how, const std::string& message, int code);
  void put_back();
  void note_end(const ChildEnd& end, const std::string& how, const std::string& message);

  bool can_save() const { return task_.kind == "train"; }
  std::string name() const { return task_.key.substr(0, 10); }

  Submission submission_;
  ClusterFolder folder_;
  JobPlace place_;
  ListedTask task_;
  const std::function<void(const std::vector<std::string>&)>& run_;
  Attempt attempt_;
  double end_s_ = 0;
  std::optional<fs::file_time_type> state_time_;
};

/// Why the task is not begun, as an exit code.
std::optional<int> NodeTask::refusal() {
  if (folder_.winner(task_.key)) {
    say(fmt::format("task {} is done already", task_.key));
    return 0;
  }
  for (const std::string& need : task_.depends_on) {
    if (folder_.winner(need)) continue;
    say(fmt::format("task {} needs task {}, which is not done; submit again when it is", name(),
                    need.substr(0, 10)));
    return kWaitsInVain;
  }
  if (sha256_file(submission_.experiment) != submission_.experiment_sha) {
    throw ConfigError(
        "{}: has changed since these jobs were submitted; nmsw cancel, then submit again",
        submission_.experiment.string());
  }
  return std::nullopt;
}

void NodeTask::begin() {
  with_storage([&] { attempt_ = folder_.begin(task_.key); });
  attempt_.job = place_.job;
  attempt_.node = place_.node;
  attempt_.started_s = now_s();
  attempt_.memory_bytes = place_.memory_bytes;
  attempt_.time_s = end_s_ > 0 ? static_cast<int64_t>(end_s_ - attempt_.started_s) : 0;
  with_storage([&] { folder_.write_start(attempt_); });
  say(attempt_mark(task_.key, attempt_.number).substr(6) + " on " + place_.node);
}

fs::path NodeTask::state_file() const {
  return attempt_.folder / "files" / task_.key.substr(0, kFolderDigits) / "1" / kStateFile;
}

/// The newest training state of earlier attempts moves to this one, which then goes on from there.
/// Should an earlier one still be at work, on a node that the network has cut off, it writes a new
/// one into its own folder.
void NodeTask::take_state() {
  const fs::path mine = state_file();
  std::vector<Attempt> attempts = folder_.attempts(task_.key);
  std::reverse(attempts.begin(), attempts.end());
  for (const Attempt& earlier : attempts) {
    if (earlier.number == attempt_.number) continue;
    const fs::path theirs =
        earlier.folder / "files" / task_.key.substr(0, kFolderDigits) / "1" / kStateFile;
    std::error_code error;
    if (!fs::is_regular_file(theirs, error)) continue;
    fs::create_directories(mine.parent_path(), error);
    fs::rename(theirs, mine, error);
    if (error) continue;
    state_time_ = fs::last_write_time(mine, error);
    say(fmt::format("goes on from attempt {}", earlier.number));
    return;
  }
}

ChildEnd NodeTask::compute(const fs::path& database) {
  {
    auto store = results::ResultStore::open(database);
    for (const std::string& need : task_.depends_on) store.merge({*folder_.winner(need)});
  }
  std::vector<std::string> words{submission_.experiment.string(),
                                 "--db",
                                 database.string(),
                                 "--runs",
                                 (attempt_.folder / "files").string(),
                                 "--cache",
                                 submission_.cache.string(),
                                 "--device",
                                 submission_.device,
                                 "--threads",
                                 std::to_string(place_.threads),
                                 "--quiet",
                                 "--only",
                                 "key=" + task_.key};
  for (const std::string& setting : submission_.set) words.insert(words.end(), {"--set", setting});
  ChildWatch watch;
  watch.start = [&] { run_(words); };
  if (end_s_ > 0 && can_save())
    watch.seconds = std::max(0.0, end_s_ - submission_.save_s - now_s());
  watch.look = [&] { return !is_writable(attempt_.folder); };
  return watch_child(watch);
}

void NodeTask::note_end(const ChildEnd& end, const std::string& how, const std::string& message) {
  with_storage([&] { folder_.write_end(attempt_, {how, message, end.seconds, end.peak_bytes}); });
}

int NodeTask::lost(const ChildEnd& end, const std::string& how, const std::string& message,
                   int code) {
  note_end(end, how, message);
  say(fmt::format("task {}: {}: {}", name(), how, message));
  return code;
}

/// The local database holds the task's end: published, and the task's result if it is the first.
int NodeTask::finish(const results::ResultStore& store, const ChildEnd& end) {
  const auto state = store.task(task_.key);
  if (state->state == "failed") {
    with_storage([&] { store.publish(task_.key, attempt_.failure_folder()); });
    return lost(end, "failed", state->last_error, static_cast<int>(ErrorKind::task));
  }
  bool first = false;
  with_storage([&] { attempt_.result = store.publish(task_.key, attempt_.folder).value(); });
  with_storage([&] { first = folder_.win(task_.key, attempt_); });
  note_end(end, first ? "done" : "superseded", "");
  say(fmt::format("task {} {}", name(),
                  first ? "done" : "done, but another attempt was first: kept as superseded"));
  return 0;
}

/// This array task, not the array. One that has been cancelled would come back as well, so that the
/// queue is asked first: what Slurm is ending itself is no longer running.
void NodeTask::put_back() {
  if (place_.job.empty()) return;
  const ProgramAnswer state = run_slurm({"squeue", "-h", "-j", place_.job, "-o", "%T"});
  if (state.out.rfind("RUNNING", 0) != 0) return;
  const ProgramAnswer answer = run_slurm({"scontrol", "requeue", place_.job});
  say(answer.code == 0 ? fmt::format("{} goes back to the queue", place_.job)
                       : fmt::format("{} cannot go back to the queue ({}); nmsw slurm submits it "
                                     "again",
                                     place_.job, answer.err));
}

int NodeTask::stopped(const ChildEnd& end) {
  std::error_code absent;
  const auto time = fs::last_write_time(state_file(), absent);
  const bool further = !absent && (!state_time_ || time != *state_time_);
  // The clock tells a lack of time from a preemption, not the signal, which may be the same; Slurm
  // sends it up to a minute early.
  constexpr double kEarly = 60;
  const bool late = end_s_ > 0 && now_s() + submission_.save_s + kEarly >= end_s_;
  if (late && !further)
    return lost(end, "timeout", "its time ended before anything could be saved", kTooShort);
  note_end(end, "saved", "");
  say(further ? "saved" : "stopped with nothing new to save");
  put_back();
  return kInterruptedCode;
}

/// What follows from a child's end; nothing where the attempt is to begin anew.
std::optional<int> NodeTask::after(const ChildEnd& end, const fs::path& database) {
  std::string message = end.signal != 0 ? fmt::format("ended by signal {}", end.signal)
                                        : fmt::format("ended with code {}", end.code);
  if (fs::exists(database)) {
    const auto store = results::ResultStore::open(database);
    const auto state = store.task(task_.key);
    const bool failed = state && state->state == "failed";
    if (failed) message = state->last_error;
    if (failed && is_out_of_memory(message)) return lost(end, "out_of_memory", message, 4);
    const bool storage = end.trouble || is_storage_fault(message);
    if (state && (state->state == "done" || (failed && !storage))) return finish(store, end);
  }
  if (end.cause != StopCause::none) return stopped(end);
  // The kernel takes the largest process of a job that is out of memory; nobody else kills it.
  if (end.signal == SIGKILL) return lost(end, "out_of_memory", message, 4);
  const bool storage =
      end.trouble || end.code == static_cast<int>(ErrorKind::data) || is_storage_fault(message);
  if (!storage) return lost(end, "error", message + ", see the log", std::max(1, end.code));
  say(fmt::format("the shared folder went away ({}); the task begins anew", message));
  return std::nullopt;
}

int NodeTask::work() {
  if (const auto code = refusal()) return *code;
  if (const History history = history_of(folder_, task_.key); history.losses() >= kMostLosses) {
    say(fmt::format("task {} is not tried again: {}", name(), history.text()));
    return static_cast<int>(ErrorKind::task);
  }
  end_s_ = job_end_s(place_);
  begin();
  if (end_s_ > 0 && !can_save() && task_.predicted_s > end_s_ - now_s()) {
    return lost(
        {}, "timeout",
        fmt::format("it is predicted to need {}, {} are left, and it cannot save",
                    readable_seconds(task_.predicted_s), readable_seconds(end_s_ - now_s())),
        kTooShort);
  }
  constexpr int kTries = 5;
  ChildEnd end;
  for (int tried = 0; tried < kTries; ++tried) {
    const results::ScratchFolder scratch;
    take_state();
    const fs::path database = scratch.path() / "task.sqlite";
    end = compute(database);
    if (const auto code = after(end, database)) return *code;
    with_storage([&] { require_writable(attempt_.folder / "probe"); });
  }
  return lost(end, "error", "the shared folder kept going away", static_cast<int>(ErrorKind::data));
}

}  // namespace

int run_node_task(const fs::path& submission, const std::string& list,
                  const std::function<void(const std::vector<std::string>& words)>& run) {
  hold_job_signals();
  const std::vector<ListedTask> tasks = read_task_list(submission / list);
  const JobPlace place = job_place();
  if (place.index < 0 || place.index >= static_cast<int64_t>(tasks.size())) {
    throw ConfigError(
        "slurm-task: is what the jobs of 'nmsw slurm' run; SLURM_ARRAY_TASK_ID must name one of "
        "the {} tasks of {}",
        tasks.size(), (submission / list).string());
  }
  return NodeTask(submission, tasks[static_cast<size_t>(place.index)], run).work();
}

}  // namespace nmsw::runners
