#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <iostream>

#include "nmsw/backbones/mixed_precision.h"
#include "nmsw/base/atomic_file.h"
#include "nmsw/tensor/device_arithmetic.h"
#include "results/store.h"
#include "runners/options/attempt_folder.h"
#include "runners/options/run_options.h"
#include "runners/options/run_program.h"
#include "runners/options/store_plan.h"
#include "runners/options/verb_plan.h"
#include "runners/planning/tasks/task_specs.h"
#include "runners/tasks/networks.h"
#include "runners/tasks/worker.h"
#include "runners/tensor_commands/tensor_commands.h"

namespace nmsw::runners {
namespace {

WorkerRequest worker_request(const RunOptions& options, const std::vector<std::string>& keys) {
  WorkerRequest request;
  request.database = options.database;
  request.keys = keys;
  request.context.runs = options.runs;
  request.context.cache = options.cache;
  request.context.device = resolve_device(options.device);
  use_arithmetic(options.arithmetic, request.context.device);
  request.context.progress = options.quiet ? ProgressStyle::silent : progress_style_of_stderr();
  request.on_failure = options.fail_fast ? OnFailure::stop : OnFailure::go_on;
  return request;
}

/// One of the processes that share the list; does not return.
[[noreturn]] void be_worker(const RunOptions& options, const std::vector<std::string>& keys,
                            pid_t parent) {
  // A parent that is killed takes its workers along; they save and give their tasks back.
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) _exit(kInterruptedCode);
  int code = 0;
  try {
    set_threads(options.threads, options.workers);
    WorkerRequest request = worker_request(options, keys);
    if (request.context.progress == ProgressStyle::bar)
      request.context.progress = ProgressStyle::lines;
    work(request);
  } catch (const Interrupted&) {
    code = kInterruptedCode;
  } catch (const Error& fault) {
    std::cerr << "error: " << fault.what() << '\n';
    code = static_cast<int>(fault.kind());
  } catch (const std::exception& fault) {
    std::cerr << "error: " << fault.what() << '\n';
    code = 1;
  }
  _exit(code);
}

/// Child processes share the list through the database. They are made before any tensor is, because
/// OpenMP's threads do not survive a fork.
void work_in_processes(const RunOptions& options, const std::vector<std::string>& keys) {
  const pid_t parent = getpid();
  std::vector<pid_t> children;
  for (int64_t i = 0; i < options.workers; ++i) {
    const pid_t child = fork();
    if (child < 0) throw DataError("run: no further process can be started; lower --workers");
    if (child == 0) be_worker(options, keys, parent);
    children.push_back(child);
  }
  bool interrupted = false, stopped = false;
  for (size_t left = children.size(); left > 0;) {
    int status = 0;
    const pid_t ended = wait(&status);
    if (ended < 0) {
      if (errno != EINTR) break;
      for (const pid_t child : children) kill(child, SIGTERM);
      continue;
    }
    --left;
    interrupted = interrupted || (WIFEXITED(status) && WEXITSTATUS(status) == kInterruptedCode);
    stopped =
        stopped || (WIFEXITED(status) && WEXITSTATUS(status) == static_cast<int>(ErrorKind::data));
    // The others need not wait for the lease of one that was killed.
    if (WIFSIGNALED(status)) {
      results::ResultStore::open(options.database)
          .worker_died(worker_name(ended), fmt::format("ended by signal {}", WTERMSIG(status)));
    }
  }
  if (interrupted || stop_requested()) throw Interrupted();
  if (stopped) {
    throw DataError("run: a worker stopped, see above; then run the same command again to go on");
  }
}

/// A precision that the device lacks is one fault of the configuration, found before any task
/// starts.
void require_precisions(const Plan& plan, const torch::Device& device) {
  for (const results::TaskRecord& task : plan.tasks) {
    if (task.kind != "train") continue;
    const auto spec = read_config<TrainSpec>(ConfigNode::parse(task.config_json, task.key));
    require_precision(spec.training.precision, device);
  }
}

/// LibTorch's own answer, given by a child: a process that has asked CUDA leaves none to those that
/// it makes by fork.
bool torch_finds_cuda() {
  const pid_t child = fork();
  if (child == 0) _exit(torch::cuda::is_available() ? 0 : 1);
  int status = 0;
  while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/// The machine's, with a word where LibTorch disagrees about its devices.
PlanOptions plan_options(const RunOptions& options) {
  PlanOptions plan = plan_options_of_machine();
  plan.device = options.device;
  if (plan.has_cuda && !torch_finds_cuda()) {
    plan.has_cuda = false;
    std::cerr
        << "note: an NVIDIA driver is loaded, but LibTorch finds no device (is the driver too old "
           "for "
           "it?); what is to run on any device runs on the CPU, profiles on cuda are left out\n";
  }
  return plan;
}

struct Tally {
  int64_t done = 0, failed = 0, left = 0;
};

Tally tally(const results::ResultStore& store, const std::vector<std::string>& keys) {
  Tally count;
  for (const std::string& key : keys) {
    const auto state = store.task(key);
    const std::string name = state ? state->state : "pending";
    (name == "done" ? count.done : name == "failed" ? count.failed : count.left) += 1;
  }
  return count;
}

void require_success(const results::ResultStore& store, const std::vector<std::string>& keys,
                     const Tally& count) {
  if (count.failed + count.left == 0) return;
  std::string lines;
  for (const std::string& key : keys) {
    const auto state = store.task(key);
    if (state && state->state == "failed")
      lines += "\n  " + task_title(state->task) + ": " + state->last_error;
  }
  throw TaskError(
      "{} tasks failed, {} wait for them or were left; the others are done and stored:{}\ncorrect "
      "the cause, "
      "then: nmsw retry --db {} and run again",
      count.failed, count.left, lines, store.file().string());
}

}  // namespace

int run_verb(const Words& arguments) {
  const auto options = parse_run_options(arguments);
  if (!options) return 0;
  install_signal_handlers();
  const PlanOptions machine = plan_options(*options);
  const Plan plan = plan_for_verb(
      {options->experiment, options->set, options->only, options->device, options->cache}, machine);
  require_precisions(plan, machine.on_cuda() ? torch::kCUDA : torch::kCPU);
  const std::vector<std::string> keys = selected_keys(plan, options->only);
  require_writable(options->runs / "task" / "1" / kModelFile);
  print_notes(std::cerr, plan);
  {
    results::ResultStore store =
        results::ResultStore::open(options->database, interruptible_store());
    store.release_lost(worker_is_gone);
    store_plan(store, plan, options->experiment, options->runs, options->cache);
  }
  const Tally before = tally(results::ResultStore::open_read_only(options->database), keys);
  if (before.done + before.failed < static_cast<int64_t>(keys.size())) {
    if (options->workers > 1) {
      work_in_processes(*options, longest_chain_first(plan, keys));
    } else {
      set_threads(options->threads);
      work(worker_request(*options, keys));
    }
  }
  const results::ResultStore store =
      results::ResultStore::open(options->database, interruptible_store());
  const Tally after = tally(store, keys);
  std::cout << fmt::format("{}: {} of {} tasks done ({} in this run), {} failed; {}\n",
                           plan.experiment, after.done, keys.size(), after.done - before.done,
                           after.failed, options->database.string());
  require_success(store, keys, after);
  return 0;
}

}  // namespace nmsw::runners
