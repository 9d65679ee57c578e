#include <algorithm>
#include <set>

#include "nmsw/base/config_node.h"
#include "runners/planning/tasks/task_specs.h"
#include "runners/slurm/queue.h"
#include "runners/slurm/submission.h"
#include "runners/slurm/submit.h"

namespace nmsw::runners {
namespace {

namespace fs = std::filesystem;
using results::TaskRecord;

constexpr int64_t kGibi = int64_t{1} << 30;
constexpr int64_t kHour = 3600;

/// A training goes on where it was, so that it need not end in the time it asks for.
constexpr int64_t kMostSecondsOfTraining = 24 * kHour;

bool runs_on_gpu(const TaskRecord& task, const SlurmOptions& options) {
  if (!options.wants_gpu() || options.device == "cpu") return false;
  if (task.kind != "profile") return true;
  return read_config<ProfileSpec>(ConfigNode::parse(task.config_json, task.key)).device == "cuda";
}

/// The first of 2, 4, 8, … GiB that holds the forecast with a reserve.
int64_t forecast_memory(const TaskRecord& task) {
  int64_t bytes = 2 * kGibi;
  while (static_cast<double>(bytes) < 1.3 * task.predicted_peak_bytes + kGibi) bytes *= 2;
  return bytes;
}

/// The first of 30 minutes, 1, 2, 4, … hours that holds the rough forecast several times.
int64_t forecast_time(const TaskRecord& task) {
  int64_t seconds = kHour / 2;
  while (static_cast<double>(seconds) < 4 * task.predicted_s + 600) seconds *= 2;
  return task.kind == "train" ? std::min(seconds, kMostSecondsOfTraining) : seconds;
}

}  // namespace

Needs needs_of(const TaskRecord& task, const SlurmOptions& options, const History& history) {
  Needs needs;
  needs.gpu = runs_on_gpu(task, options);
  // Of a task on a GPU the forecast knows the device's memory only.
  if (!options.mem.empty()) {
    needs.memory_bytes = parse_slurm_memory(options.mem);
  } else if (!needs.gpu || history.out_of_memory > 0) {
    needs.memory_bytes = forecast_memory(task);
  }
  needs.time_s = options.time.empty() ? forecast_time(task) : parse_slurm_time(options.time);
  needs.memory_bytes <<= std::min<int64_t>(history.out_of_memory, kMostLosses);
  needs.time_s <<= std::min<int64_t>(history.timeouts, kMostLosses);
  return needs;
}

std::map<std::string, std::string> active_tasks(const ClusterFolder& folder) {
  std::map<std::string, std::vector<ListedTask>> arrays;
  std::vector<std::string> jobs;
  for (const fs::path& submission : folder.all_submissions()) {
    for (auto& [job, tasks] : jobs_of(submission).arrays) {
      jobs.push_back(job);
      arrays[job] = std::move(tasks);
    }
  }
  std::map<std::string, std::string> active;
  for (const QueuedTask& queued : ask_queue(jobs)) {
    const std::vector<ListedTask>& tasks = arrays.at(queued.job);
    const auto index = static_cast<size_t>(queued.index);
    if (!is_active(queued) || queued.index < 0 || index >= tasks.size()) continue;
    active[tasks[index].key] = fmt::format("{}_{}", queued.job, queued.index);
  }
  return active;
}

Missing missing_tasks(const Plan& plan, const std::vector<std::string>& keys,
                      const std::map<std::string, std::string>& states,
                      const std::map<std::string, std::string>& active, const ClusterFolder& folder,
                      bool lost_only) {
  Missing missing;
  const std::set<std::string> wanted(keys.begin(), keys.end());
  const std::vector<std::string> tried_keys = folder.keys();
  const std::set<std::string> tried(tried_keys.begin(), tried_keys.end());
  std::set<std::string> hopeless, lost, excluded;
  for (const TaskRecord& task : plan.tasks) {
    if (wanted.count(task.key) == 0) continue;
    const auto state = states.find(task.key);
    const bool waits_in_vain =
        std::any_of(task.depends_on.begin(), task.depends_on.end(),
                    [&](const std::string& need) { return hopeless.count(need) > 0; });
    if ((state != states.end() && state->second == "done") ||
        (tried.count(task.key) > 0 && folder.winner(task.key))) {
      ++missing.done;
    } else if (const auto job = active.find(task.key); job != active.end()) {
      missing.active.insert(*job);
    } else if (state != states.end() && state->second == "failed") {
      ++missing.failed;
      hopeless.insert(task.key);
    } else if (waits_in_vain) {
      ++missing.blocked;
      hopeless.insert(task.key);
    } else {
      const History history = tried.count(task.key) > 0 ? history_of(folder, task.key) : History{};
      excluded.insert(history.bad_nodes.begin(), history.bad_nodes.end());
      if (history.losses() >= kMostLosses) {
        missing.given_up[task.key] = history.text();
        hopeless.insert(task.key);
        continue;
      }
      const bool after_lost =
          std::any_of(task.depends_on.begin(), task.depends_on.end(),
                      [&](const std::string& need) { return lost.count(need) > 0; });
      if (lost_only && history.losses() == 0 && history.last != "preempted" && !after_lost)
        continue;
      lost.insert(task.key);
      missing.tasks.push_back(&task);
      missing.learned[task.key] = history;
    }
  }
  missing.excluded.assign(excluded.begin(), excluded.end());
  return missing;
}

}  // namespace nmsw::runners
