#include "runners/tasks/worker.h"

#include <unistd.h>

#include <atomic>
#include <cmath>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <optional>
#include <sstream>
#include <thread>

#include <c10/core/DeviceGuard.h>

#include "nmsw/base/build_commit.h"
#include "nmsw/base/digest.h"
#include "nmsw/base/error.h"
#include "nmsw/base/readable.h"
#include "nmsw/tensor/device_arithmetic.h"
#include "runners/options/attempt_folder.h"
#include "runners/options/run_program.h"
#include "runners/options/stop_signals.h"
#include "runners/options/task_log.h"
#include "runners/options/verb_plan.h"
#include "runners/planning/tasks/task_specs.h"
#include "runners/tasks/stored_checkpoint.h"

namespace nmsw::runners {
namespace {

constexpr double kLeaseSeconds = 120;
constexpr auto kHeartbeat = std::chrono::seconds(20);
constexpr auto kWaitForOthers = std::chrono::milliseconds(500);
constexpr auto kReportPause = std::chrono::seconds(2);

// A signal handler can reach nothing but a global.
volatile std::sig_atomic_t signalled = 0, interrupts = 0;

/// A second Ctrl-C ends at once: what is on the disk is whole. Only SIGINT counts, since a terminal
/// sends it to the whole group and the parent of workers SIGTERM as well.
extern "C" void note_signal(int signal) {
  if (signal == SIGINT && interrupts++ > 0) _exit(kInterruptedCode);
  signalled = 1;
}

/// Keeps a claim alive from a thread (and a connection) of its own while the task computes; sets
/// `superseded` when another attempt has begun.
class Heartbeat {
 public:
  Heartbeat(std::filesystem::path database, results::Claim claim, std::atomic<bool>& superseded)
      : superseded_(superseded),
        thread_([this, file = std::move(database), held = std::move(claim)] { beat(file, held); }) {
  }
  ~Heartbeat() {
    {
      const std::lock_guard<std::mutex> guard(mutex_);
      ended_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }
  Heartbeat(const Heartbeat&) = delete;
  Heartbeat& operator=(const Heartbeat&) = delete;

 private:
  void beat(const std::filesystem::path& database, const results::Claim& claim) {
    std::unique_lock<std::mutex> lock(mutex_);
    while (!changed_.wait_for(lock, kHeartbeat, [this] { return ended_; })) {
      try {
        if (results::ResultStore::open(database, interruptible_store())
                .extend_lease(claim, kLeaseSeconds) == results::Written::superseded) {
          superseded_ = true;
          return;
        }
      } catch (const std::exception&) {
        continue;  // the next beat makes up for it
      }
    }
  }

  std::atomic<bool>& superseded_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ended_ = false;
  std::thread thread_;
};

/// What the lines of a log say first.
std::string log_head(const results::Claim& claim, const results::RunRecord& run,
                     const TaskContext& context) {
  std::ostringstream device;
  device << context.device;
  return fmt::format(
      "{}, task {}, attempt {}\ncommand: {}\nhost: {} (process {}), {} threads, device {}\ncommit: "
      "{}{}, LibTorch {}",
      task_title(claim.task), claim.task.key, claim.attempt, own_command_line(), run.host, getpid(),
      run.threads, device.str(), run.commit, run.dirty ? " with changes" : "", run.torch);
}

/// A line for each epoch, as the log has it.
std::string epoch_line(const results::EpochLog& epoch) {
  std::string line = fmt::format("epoch {}: loss {:.4f}", epoch.epoch, epoch.train_loss);
  if (std::isfinite(epoch.validation_loss))
    line += fmt::format(", validation {:.4f}", epoch.validation_loss);
  return line + fmt::format(", {:.1f} s", epoch.seconds);
}

enum class Attempt { done, failed, superseded };

class Worker {
 public:
  explicit Worker(const WorkerRequest& request)
      : request_(request),
        store_(results::ResultStore::open(request.database, interruptible_store())) {
    request_.context.stop = stop_requested;
    request_.context.checkpoint_of = [this](const std::string& key) {
      return stored_checkpoint(store_, key);
    };
  }

  int64_t run() {
    int64_t finished = 0;
    while (true) {
      if (stop_requested()) throw Interrupted();
      const auto claim = store_.claim(worker_name(getpid()), kLeaseSeconds, request_.keys);
      if (!claim) {
        if (!others_at_work()) return finished;
        std::this_thread::sleep_for(kWaitForOthers);
        continue;
      }
      tell_place(*claim);
      const Attempt attempt = execute(*claim);
      finished += attempt == Attempt::done ? 1 : 0;
      if (attempt == Attempt::failed && request_.on_failure == OnFailure::stop) return finished;
    }
  }

 private:
  void tell_place(const results::Claim& claim) const;
  Attempt execute(const results::Claim& claim);
  void give_back(const results::Claim& claim);
  bool fail(const results::Claim& claim, const results::RunRecord& run, const std::string& error);
  results::Written begin_log(const results::Claim& claim, const results::RunRecord& run,
                             const TaskContext& context);
  void write_log(const std::string& text) {
    if (log_) log_->write(text);
  }
  results::RunRecord run_record(const results::TaskRecord& task) const;
  bool others_at_work() const;

  WorkerRequest request_;
  results::ResultStore store_;
  /// Of the task that runs.
  std::optional<TaskLog> log_;
};

bool Worker::others_at_work() const {
  for (const std::string& key : request_.keys) {
    const auto state = store_.task(key);
    if (state && state->state == "running") return true;
  }
  return false;
}

/// Which of how many tasks begins, and when all will be done.
void Worker::tell_place(const results::Claim& claim) const {
  if (request_.context.progress == ProgressStyle::silent) return;
  const results::StatusSummary status = store_.status(request_.keys);
  const int64_t begun = status.states.at("done") + status.states.at("failed") +
                        static_cast<int64_t>(status.running.size());
  const std::string left =
      status.left_s > 0 ? fmt::format(", about {} left for all", readable_seconds(status.left_s))
                        : "";
  tell_on_stderr(
      fmt::format("task {} of {}{}: {}", begun, status.total, left, task_title(claim.task)));
}

results::RunRecord Worker::run_record(const results::TaskRecord& task) const {
  results::RunRecord run;
  const BuildCommit built = build_commit();
  run.commit = built.commit;
  run.dirty = built.dirty;
  run.config_sha = sha256_hex(task.config_json);
  run.host = host_name();
  run.cpu = hardware_name(torch::kCPU);
  if (request_.context.device.is_cuda()) {
    run.gpu = hardware_name(request_.context.device);
    run.notes = arithmetic_text(arithmetic_in_use());
  }
  run.threads = at::get_num_threads();
  run.torch = TORCH_VERSION;
  return run;
}

/// The task is not at fault. Where the database's own disk is full, the next run finds the claim of
/// a process that is gone.
void Worker::give_back(const results::Claim& claim) {
  try {
    static_cast<void>(store_.release(claim));
  } catch (const DataError&) {
    return;
  }
}

/// False where another attempt has the task by now.
bool Worker::fail(const results::Claim& claim, const results::RunRecord& run,
                  const std::string& error) {
  const std::string whole = log_ ? error_with_log(error, log_->file()) : error;
  write_log("failed: " + error);
  return store_.fail(claim, run, whole) == results::Written::stored;
}

results::Written Worker::begin_log(const results::Claim& claim, const results::RunRecord& run,
                                   const TaskContext& context) {
  log_.emplace(context.folder / kLogFile);
  write_log(log_head(claim, run, context));
  return store_.note_log(claim, log_->file());
}

Attempt Worker::execute(const results::Claim& claim) {
  log_.reset();
  results::RunRecord run = run_record(claim.task);
  std::atomic<bool> superseded{false};
  const auto note = [&](results::Written written) {
    if (written == results::Written::superseded) superseded = true;
  };
  const Heartbeat heartbeat(request_.database, claim, superseded);
  TaskContext context = request_.context;
  context.folder = attempt_folder(context.runs, claim);
  context.stop = [&] { return superseded || stop_requested(); };
  auto reported = std::chrono::steady_clock::now();
  context.report = [&](double share, const std::string& text) {
    const auto now = std::chrono::steady_clock::now();
    if (now - reported < kReportPause) return;
    reported = now;
    note(store_.report_progress(claim, share, text));
  };
  context.epoch_done = [&](const results::EpochLog& epoch) {
    write_log(epoch_line(epoch));
    note(store_.log_epoch(claim, epoch));
  };
  try {
    std::vector<std::filesystem::path> earlier;
    for (const std::filesystem::path& log : store_.logs(claim.task.key))
      earlier.push_back(log.parent_path());
    begin_attempt(context.folder, earlier);
    note(begin_log(claim, run, context));
    TaskOutcome outcome = run_task(claim.task, context);
    run.data_sha = outcome.data_sha;
    if (store_.finish(claim, run, outcome.result) == results::Written::stored) {
      write_log("done");
      keep_only(context.folder);
      return Attempt::done;
    }
  } catch (const Interrupted&) {
    if (stop_requested()) {
      write_log("interrupted; the next run goes on with it");
      note(store_.release(claim));
      throw;
    }
  } catch (const StorageFull&) {
    write_log("the disk is full; the next run goes on with it");
    give_back(claim);
    throw;
  } catch (const c10::Error& fault) {
    if (fail(claim, run, fault.what_without_backtrace())) return Attempt::failed;
  } catch (const std::exception& fault) {
    if (fail(claim, run, fault.what())) return Attempt::failed;
  }
  drop_attempt(context.folder);
  tell_on_stderr(task_title(claim.task) +
                 ": another worker has taken this task over; what this one computed is dropped");
  return Attempt::superseded;
}

}  // namespace

int64_t work(const WorkerRequest& request) {
  // Pinned memory and LibTorch's own helpers go to the current device, and would start the first
  // one.
  const c10::DeviceGuard guard(request.context.device);
  return Worker(request).run();
}

void install_signal_handlers() { handle_stop_signals(note_signal); }

bool stop_requested() { return signalled != 0; }

results::StoreOptions interruptible_store() {
  results::StoreOptions options;
  options.waiting.stop = stop_requested;
  return options;
}

}  // namespace nmsw::runners
