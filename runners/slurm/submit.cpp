#include "runners/slurm/submit.h"

#include <algorithm>
#include <iostream>

#include "nmsw/base/atomic_file.h"
#include "nmsw/base/error.h"
#include "nmsw/base/readable.h"
#include "runners/options/store_plan.h"
#include "runners/options/verb_plan.h"
#include "runners/planning/experiment/names.h"
#include "runners/slurm/fold.h"
#include "runners/slurm/job_script.h"
#include "runners/slurm/queue.h"
#include "runners/slurm/slurm_program.h"
#include "runners/slurm/submission.h"
#include "runners/slurm/visible_paths.h"

namespace nmsw::runners {
namespace {

namespace fs = std::filesystem;

/// Planned for the machines that the jobs run on, which may have what this one lacks.
Plan plan_of(const SlurmOptions& options) {
  PlanOptions machine = plan_options_of_machine();
  machine.has_cuda = options.wants_gpu();
  machine.memory_bytes = 0;
  if (options.cpus > 0) machine.threads = options.cpus;
  return plan_for_verb(
      {options.experiment, options.set, options.only, options.device, options.cache}, machine);
}

std::map<std::string, std::string> states_of(const std::vector<results::TaskState>& tasks) {
  std::map<std::string, std::string> states;
  for (const results::TaskState& state : tasks) states[state.task.key] = state.state;
  return states;
}

/// "afterany:12_3:13", with what stands for ids that are not known yet.
std::string dependency(const JobArray& array, const std::vector<std::string>& jobs) {
  std::string list;
  for (const ArrayElement& element : array.after) {
    list += ':' + jobs.at(element.array);
    if (element.element >= 0) list += fmt::format("_{}", element.element);
  }
  for (const std::string& job : array.after_jobs) list += ':' + job;
  return list.empty() ? "" : "--dependency=afterany" + list;
}

std::vector<std::string> sbatch_words(const SlurmOptions& options, const std::string& after,
                                      const fs::path& script) {
  std::vector<std::string> words{"sbatch", "--parsable"};
  if (!after.empty()) words.push_back(after);
  words.insert(words.end(), options.sbatch.begin(), options.sbatch.end());
  words.push_back(script.string());
  return words;
}

std::string after_all(const std::vector<std::string>& jobs) {
  return "--dependency=afterany:" + joined(jobs, ":");
}

std::string command_line(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) line += (line.empty() ? "" : " ") + shell_word(word);
  return line;
}

void print_scripts(const SlurmOptions& options, const ScriptSetting& setting,
                   const std::vector<JobArray>& arrays) {
  std::vector<std::string> jobs;
  for (size_t i = 0; i < arrays.size(); ++i) jobs.push_back(fmt::format("ARRAY_{}", i + 1));
  for (size_t i = 0; i < arrays.size(); ++i) {
    const fs::path script = setting.submission / array_file(i + 1, "sh");
    std::cout << "# " << command_line(sbatch_words(options, dependency(arrays[i], jobs), script))
              << '\n'
              << array_script(options, setting, arrays[i], i + 1) << '\n';
  }
  std::cout << "# "
            << command_line(sbatch_words(options, after_all(jobs), setting.submission / "merge.sh"))
            << '\n'
            << merge_script(options, setting);
}

/// What the jobs read, before any of them runs.
void write_files(const SlurmOptions& options, const ScriptSetting& setting,
                 const std::vector<JobArray>& arrays) {
  write_submission(setting.submission, submission_of(options, setting.experiment));
  std::error_code ignored;
  fs::create_directories(setting.submission / "logs", ignored);
  for (size_t i = 0; i < arrays.size(); ++i) {
    write_text_atomically(setting.submission / array_file(i + 1, "tasks"),
                          task_list_text(arrays[i]));
    write_text_atomically(setting.submission / array_file(i + 1, "sh"),
                          array_script(options, setting, arrays[i], i + 1));
  }
  write_text_atomically(setting.submission / "merge.sh", merge_script(options, setting));
}

/// Each id is kept as soon as it is known, so that an interruption loses no job from sight.
void call_sbatch(const SlurmOptions& options, const ScriptSetting& setting,
                 const std::vector<JobArray>& arrays) {
  const fs::path& folder = setting.submission;
  std::vector<std::string> jobs;
  for (size_t i = 0; i < arrays.size(); ++i) {
    const std::string output = slurm_output(
        sbatch_words(options, dependency(arrays[i], jobs), folder / array_file(i + 1, "sh")));
    jobs.push_back(parse_job_id(output));
    write_text_atomically(folder / array_file(i + 1, "job"), jobs.back() + '\n');
  }
  const std::string output =
      slurm_output(sbatch_words(options, after_all(jobs), folder / "merge.sh"));
  write_text_atomically(folder / "merge.job", parse_job_id(output) + '\n');
  std::cout << fmt::format("submitted {} array{} (jobs {}) and the merge job {}; logs in {}\n",
                           jobs.size(), jobs.size() == 1 ? "" : "s", joined(jobs),
                           parse_job_id(output), (folder / "logs").string());
}

/// What was finished here, not on the cluster, and is needed there.
void publish_trainings(const results::ResultStore& store, const ClusterFolder& folder,
                       const std::map<std::string, std::string>& states, const Missing& missing) {
  for (const results::TaskRecord* task : missing.tasks) {
    for (const std::string& need : task->depends_on) {
      const auto state = states.find(need);
      if (state == states.end() || state->second != "done" || folder.winner(need)) continue;
      Attempt attempt = folder.begin(need);
      const auto result = store.publish(need, attempt.folder);
      if (!result) continue;
      folder.win(need, attempt);
      folder.write_end(attempt, {"done", "finished outside of the cluster", 0, 0});
    }
  }
}

/// The last attempt's end says that it was the last; the next fold fails the task.
void note_given_up(const ClusterFolder& folder, const Missing& missing) {
  for (const auto& [key, reason] : missing.given_up) {
    const Attempt last = folder.attempts(key).back();
    AttemptEnd end = last.end.value_or(AttemptEnd{});
    end.how = "given_up";
    end.message = reason;
    folder.write_end(last, end);
    std::cerr << "nmsw: task " << key.substr(0, 10) << " is given up: " << reason << '\n';
  }
}

void print_missing(const Missing& missing, const std::vector<JobArray>& arrays, const Plan& plan) {
  std::cout << fmt::format("{}: {} done, {} in the queue, {} to submit in {} array{}",
                           plan.experiment, missing.done, missing.active.size(),
                           missing.tasks.size(), arrays.size(), arrays.size() == 1 ? "" : "s");
  if (missing.failed > 0) {
    std::cout << fmt::format(
        ", {} failed and {} waiting for them ('nmsw retry' makes them "
        "pending again)",
        missing.failed, missing.blocked);
  }
  std::cout << '\n';
  if (!missing.excluded.empty()) {
    std::cout << "excluded, since an attempt vanished there: " << joined(missing.excluded) << '\n';
  }
  int64_t retried = 0;
  for (const auto& [key, history] : missing.learned) retried += history.losses() > 0 ? 1 : 0;
  if (retried > 0) std::cout << retried << " of them were lost before and are tried again\n";
}

/// One that cannot save must end in its time.
void note_short_times(const std::vector<JobArray>& arrays) {
  int64_t count = 0;
  double longest = 0;
  for (const JobArray& array : arrays) {
    for (const results::TaskRecord* task : array.tasks) {
      if (task->kind == "train" || task->predicted_s <= static_cast<double>(array.needs.time_s))
        continue;
      ++count;
      longest = std::max(longest, task->predicted_s);
    }
  }
  if (count == 0) return;
  tell_on_stderr(fmt::format(
      "{} tasks that cannot be interrupted are predicted to need up to {}, more than --time", count,
      readable_seconds(longest)));
}

std::vector<JobArray> arrays_of(const SlurmOptions& options, const Missing& missing) {
  if (missing.tasks.empty()) return {};
  ArrayLimits limits;
  try {
    limits.max_size = parse_max_array_size(slurm_output({"scontrol", "show", "config"}));
  } catch (const Error& fault) {
    if (!options.dry_run) throw;
    tell_on_stderr(fmt::format("arrays as Slurm splits them by default: {}", fault.what()));
  }
  limits.max_parallel = options.max_parallel;
  return job_arrays(
      missing.tasks, missing.active,
      [&](const results::TaskRecord& task) {
        return needs_of(task, options, missing.learned.at(task.key));
      },
      limits);
}

ScriptSetting setting_of(const Plan& plan, const Missing& missing) {
  ScriptSetting setting;
  setting.program = fs::read_symlink("/proc/self/exe");
  setting.place = fs::current_path();
  setting.experiment = plan.experiment;
  setting.excluded = missing.excluded;
  return setting;
}

int show_dry_run(const SlurmOptions& options, const Plan& plan, const ClusterFolder& folder) {
  std::map<std::string, std::string> states;
  if (fs::exists(options.database))
    states = states_of(results::ResultStore::open_read_only(options.database).tasks());
  const Missing missing = missing_tasks(plan, selected_keys(plan, options.only), states,
                                        active_tasks(folder), folder, options.lost_only);
  const std::vector<JobArray> arrays = arrays_of(options, missing);
  ScriptSetting setting = setting_of(plan, missing);
  setting.submission = folder.submissions() / std::to_string(folder.all_submissions().size() + 1);
  if (!arrays.empty()) print_scripts(options, setting, arrays);
  print_missing(missing, arrays, plan);
  note_short_times(arrays);
  return 0;
}

}  // namespace

int submit(const SlurmOptions& options) {
  const Plan plan = plan_of(options);
  const std::vector<std::string> keys = selected_keys(plan, options.only);
  const ClusterFolder folder = ClusterFolder::of(options.database);
  if (options.dry_run) return show_dry_run(options, plan, folder);
  auto store = results::ResultStore::open(options.database);
  store_plan(store, plan, options.experiment, "results/runs", options.cache);
  for (const std::string& note : fold(store, folder).notes) tell_on_stderr(note);
  const std::map<std::string, std::string> states = states_of(store.tasks());
  const Missing missing =
      missing_tasks(plan, keys, states, active_tasks(folder), folder, options.lost_only);
  note_given_up(folder, missing);
  if (!missing.given_up.empty()) fold(store, folder);
  const std::vector<JobArray> arrays = arrays_of(options, missing);
  print_missing(missing, arrays, plan);
  note_short_times(arrays);
  if (arrays.empty()) return 0;
  ScriptSetting setting = setting_of(plan, missing);
  if (!options.lost_only) require_visible(options, plan, setting.program, folder.path());
  publish_trainings(store, folder, states, missing);
  setting.submission = folder.begin_submission();
  write_files(options, setting, arrays);
  call_sbatch(options, setting, arrays);
  return 0;
}

}  // namespace nmsw::runners
