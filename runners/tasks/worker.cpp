#include "runners/tasks/worker.h"

#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <mutex>
#include <thread>

#include <c10/core/DeviceGuard.h>

#include "nmsw/base/digest.h"
#include "nmsw/tensor/device_arithmetic.h"
#include "results/store.h"

namespace nmsw::runners {
namespace {

constexpr double kLeaseSeconds = 120;
constexpr auto kHeartbeat = std::chrono::seconds(20);
constexpr auto kWaitForOthers = std::chrono::milliseconds(500);
constexpr auto kReportPause = std::chrono::seconds(2);

// A signal handler can reach nothing but a global.
volatile std::sig_atomic_t signalled = 0;
extern "C" void note_signal(int) { signalled = 1; }

/// Keeps a claim alive from a thread (and a connection) of its own while the task computes.
class Heartbeat {
 public:
  Heartbeat(std::filesystem::path database, results::Claim claim)
      : thread_([this, file = std::move(database), held = std::move(claim)] { beat(file, held); }) {
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
        results::ResultStore::open(database).extend_lease(claim, kLeaseSeconds);
      } catch (const std::exception&) {
        // A beat that fails is made up for by the next one; a lost claim shows when the result is
        // stored.
        continue;
      }
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool ended_ = false;
  std::thread thread_;
};

std::string command_output(const std::string& command) {
  std::string text;
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return text;
  std::array<char, 256> part{};
  while (std::fgets(part.data(), part.size(), pipe) != nullptr) text += part.data();
  pclose(pipe);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

/// Where the program's source stands; nothing when it was installed without.
struct Revision {
  std::string commit;
  bool dirty = false;
};
Revision revision() {
  std::error_code error;
  const auto folder = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
  if (error || folder.string().find('\'') != std::string::npos) return {};
  const std::string git = "git -C '" + folder.string() + "' ";
  const std::string commit = command_output(git + "rev-parse HEAD 2>/dev/null");
  return {commit,
          !commit.empty() && !command_output(git + "status --porcelain -uno 2>/dev/null").empty()};
}

std::string host_name() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "unknown";
}

class Worker {
 public:
  explicit Worker(const WorkerRequest& request)
      : request_(request),
        store_(results::ResultStore::open(request.database)),
        revision_(revision()) {
    request_.context.stop = stop_requested;
    request_.context.checkpoint_of = [this](const std::string& key) { return checkpoint_of(key); };
  }

  int64_t run() {
    int64_t finished = 0;
    while (true) {
      if (stop_requested()) throw Interrupted();
      const auto claim = store_.claim(worker_name(), kLeaseSeconds, request_.keys);
      if (!claim) {
        if (!others_at_work()) return finished;
        std::this_thread::sleep_for(kWaitForOthers);
        continue;
      }
      const bool done = execute(*claim);
      finished += done ? 1 : 0;
      if (!done && request_.on_failure == OnFailure::stop) return finished;
    }
  }

 private:
  bool execute(const results::Claim& claim);
  results::RunRecord run_record(const results::TaskRecord& task) const;
  bool others_at_work() const;
  std::filesystem::path checkpoint_of(const std::string& key) const;

  WorkerRequest request_;
  results::ResultStore store_;
  Revision revision_;
};

bool Worker::others_at_work() const {
  for (const std::string& key : request_.keys) {
    const auto state = store_.task(key);
    if (state && state->state == "running") return true;
  }
  return false;
}

std::filesystem::path Worker::checkpoint_of(const std::string& key) const {
  for (const results::Artifact& artifact : store_.artifacts(key)) {
    if (artifact.kind != "checkpoint") continue;
    if (!std::filesystem::exists(artifact.path)) {
      throw DataError(
          "{}: the checkpoint of task {} is gone; delete the database or restore the file",
          artifact.path, key.substr(0, 12));
    }
    return artifact.path;
  }
  throw DataError("task {}: has no checkpoint in the database; run its experiment",
                  key.substr(0, 12));
}

results::RunRecord Worker::run_record(const results::TaskRecord& task) const {
  results::RunRecord run;
  run.commit = revision_.commit;
  run.dirty = revision_.dirty;
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

bool Worker::execute(const results::Claim& claim) {
  results::RunRecord run = run_record(claim.task);
  const Heartbeat heartbeat(request_.database, claim);
  TaskContext context = request_.context;
  auto reported = std::chrono::steady_clock::now();
  context.report = [&](double share, const std::string& text) {
    const auto now = std::chrono::steady_clock::now();
    if (now - reported < kReportPause) return;
    reported = now;
    store_.report_progress(claim, share, text);
  };
  try {
    TaskOutcome outcome = run_task(claim.task, context);
    run.data_sha = outcome.data_sha;
    store_.finish(claim, run, outcome.result);
    return true;
  } catch (const Interrupted&) {
    store_.release(claim);
    throw;
  } catch (const c10::Error& fault) {
    store_.fail(claim, run, fault.what_without_backtrace());
  } catch (const std::exception& fault) {
    store_.fail(claim, run, fault.what());
  }
  return false;
}

}  // namespace

int64_t work(const WorkerRequest& request) {
  // Pinned memory and LibTorch's own helpers go to the current device, and would start the first
  // one.
  const c10::DeviceGuard guard(request.context.device);
  return Worker(request).run();
}

std::string worker_name() { return host_name() + ":" + std::to_string(getpid()); }

bool worker_is_gone(const std::string& worker) {
  const size_t colon = worker.rfind(':');
  if (colon == std::string::npos || worker.substr(0, colon) != host_name()) return false;
  const int process = std::atoi(worker.c_str() + colon + 1);
  return process <= 0 || process == getpid() || (kill(process, 0) != 0 && errno == ESRCH);
}

void install_signal_handlers() {
  struct sigaction action {};
  action.sa_handler = note_signal;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

bool stop_requested() { return signalled != 0; }

}  // namespace nmsw::runners
