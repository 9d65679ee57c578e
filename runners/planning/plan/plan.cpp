#include "runners/planning/plan/plan.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <thread>

#include "nmsw/base/digest.h"
#include "nmsw/base/readable.h"
#include "runners/planning/experiment/names.h"
#include "runners/planning/forecast/cuda_presence.h"
#include "runners/planning/plan/plan_builder.h"

namespace nmsw::runners {
namespace {

std::string sha_of(const std::vector<results::TaskRecord>& tasks) {
  std::string text;
  for (const results::TaskRecord& task : tasks) text += task.key + '\n';
  return sha256_hex(text);
}

/// Says so where a training will not fit, and what makes it fit: the authors crop every volume.
void add_memory_note(const ExperimentConfig& config, const PlanOptions& options, Plan& plan) {
  if (options.memory_bytes <= 0 || options.on_cuda()) return;
  const results::TaskRecord* largest = nullptr;
  for (const results::TaskRecord& task : plan.tasks) {
    const bool too_large = task.kind == "train" &&
                           task.predicted_peak_bytes > static_cast<double>(options.memory_bytes);
    if (too_large &&
        (largest == nullptr || task.predicted_peak_bytes > largest->predicted_peak_bytes))
      largest = &task;
  }
  if (largest == nullptr) return;
  plan.notes.push_back(fmt::format(
      "training {} {} {} needs about {}, this machine has {}; {}", largest->dataset,
      largest->backbone, largest->scheme, readable_bytes(largest->predicted_peak_bytes),
      readable_bytes(static_cast<double>(options.memory_bytes)),
      config.data.fixed_volume == FixedVolume::on
          ? "lower the patches a step (training.top_k_patches, training.local_patches)"
          : "data.fixed_volume: on crops its volumes as the authors do, which can lose tissue"));
}

/// The forecasts of some tasks are bounds only.
void add_auto_note(Plan& plan) {
  const bool has_auto = std::any_of(
      plan.tasks.begin(), plan.tasks.end(),
      [](const results::TaskRecord& task) { return has_auto_k(results::listed_k(task.k)); });
  if (!has_auto) return;
  plan.notes.emplace_back(
      "k auto is forecast as full: MACs, time and memory are upper bounds; each scan takes as many "
      "patches as it needs");
}

/// The plan with an experiment's own tasks added. Speed is profiled under the first preset only.
Plan with_tasks_of(const ExperimentConfig& config, const PlanOptions& options,
                   datasets::FileDigests& digests, Plan begun) {
  const auto wanted = [&](const std::string& name) {
    return std::all_of(options.only.begin(), options.only.end(), [&](const auto& filter) {
      return filter.first != "dataset" || filter.second == name || filter.second.empty();
    });
  };
  const Grid grid = expand_grid(config, digests, wanted);
  PlanBuilder builder(config, grid, options, std::move(begun));
  for (const Cell& cell : grid.cells) {
    if (grid.wants(cell)) builder.add_evaluation(cell);
  }
  if (config.profile && config.variant.empty()) builder.add_profiles(*config.profile);
  Plan plan = builder.take();
  if (!config.variant.empty()) return plan;
  add_memory_note(config, options, plan);
  plan.notes.insert(plan.notes.end(), grid.notes.begin(), grid.notes.end());
  for (const std::string& name : grid.left_out) {
    if (!name.empty()) plan.left_out.push_back(name);
  }
  for (const DatasetCell& dataset : grid.datasets) {
    const DataSpec& data = dataset.data;
    if (dataset.fold == grid.datasets.front().fold)
      plan.data.push_back({dataset.name, data.source, data.root, dataset.why});
    for (const std::string& note : dataset.notes) {  // folds of one data set share most of them
      if (std::find(plan.notes.begin(), plan.notes.end(), note) == plan.notes.end())
        plan.notes.push_back(note);
    }
    if (dataset.data.source == DataSource::real) plan.files.push_back(dataset.data);
  }
  return plan;
}

}  // namespace

PlanOptions plan_options_of_machine() {
  PlanOptions options;
  options.has_cuda = cuda_presence().usable();
  options.memory_bytes = static_cast<int64_t>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGE_SIZE);
  options.threads = static_cast<int64_t>(std::max(1U, std::thread::hardware_concurrency()));
  return options;
}

Plan make_plan(const ExperimentConfig& config, const PlanOptions& options) {
  datasets::FileDigests digests(options.digests, options.tell);
  Plan plan = with_tasks_of(config, options, digests, {});
  for (const ExperimentConfig& other : config.other_presets)
    plan = with_tasks_of(other, options, digests, std::move(plan));
  plan.experiment = config.experiment;
  add_auto_note(plan);
  plan.plan_sha = sha_of(plan.tasks);
  for (const results::TaskRecord& task : plan.tasks) {
    for (const std::string& key : task.depends_on) ++plan.used_by[key];
  }
  return plan;
}

std::string data_note(const DataUse& use) {
  return use.source == DataSource::real
             ? fmt::format("data of '{}': the files in {} ({})", use.dataset, use.folder, use.why)
             : fmt::format("data of '{}': phantoms ({})", use.dataset, use.why);
}

const std::vector<TaskColumn>& task_columns() {
  using results::TaskRecord;
  static const std::vector<TaskColumn> columns{
      {"key", [](const TaskRecord& task) { return task.key; }},
      {"kind", [](const TaskRecord& task) { return task.kind; }},
      {"dataset", [](const TaskRecord& task) { return task.dataset; }},
      {"backbone", [](const TaskRecord& task) { return task.backbone; }},
      {"method", [](const TaskRecord& task) { return task.method; }},
      {"k", [](const TaskRecord& task) { return task.k; }},
      {"scheme", [](const TaskRecord& task) { return task.scheme; }},
      {"class_weight", [](const TaskRecord& task) { return task.class_weight; }},
      {"variant", [](const TaskRecord& task) { return task.variant; }},
      {"seed", [](const TaskRecord& task) { return std::to_string(task.seed); }},
      {"fold", [](const TaskRecord& task) { return results::fold_text(task.fold); }}};
  return columns;
}

const TaskColumn& task_column(const std::string& name) {
  std::vector<std::string> names;
  for (const TaskColumn& column : task_columns()) {
    if (column.name == name) return column;
    names.emplace_back(column.name);
  }
  throw ConfigError("--only {}: {}", name, choice_hint(name, names));
}

std::vector<std::string> selected_keys(const Plan& plan, const OnlyFilter& only) {
  std::set<std::string> wanted;
  for (auto task = plan.tasks.rbegin(); task != plan.tasks.rend();
       ++task) {  // what depends comes first
    bool matches = true;
    for (const auto& [name, value] : only) {
      const std::string column = task_column(name).value(*task);
      matches = matches && (name == "key" ? column.rfind(value, 0) == 0 : column == value);
    }
    if (!matches && wanted.count(task->key) == 0) continue;
    wanted.insert(task->key);
    wanted.insert(task->depends_on.begin(), task->depends_on.end());
  }
  std::vector<std::string> keys;
  for (const results::TaskRecord& task : plan.tasks) {
    if (wanted.count(task.key) > 0) keys.push_back(task.key);
  }
  if (keys.empty() && !only.empty()) {
    throw ConfigError("--only {}={}: no task of '{}' matches; see nmsw plan", only.front().first,
                      only.front().second, plan.experiment);
  }
  return keys;
}

std::vector<std::string> longest_chain_first(const Plan& plan, std::vector<std::string> keys) {
  const std::set<std::string> wanted(keys.begin(), keys.end());
  std::map<std::string, double> waiting;  // the longest chain that begins with what needs the task
  std::map<std::string, double> chain;
  for (auto task = plan.tasks.rbegin(); task != plan.tasks.rend(); ++task) {
    if (wanted.count(task->key) == 0) continue;
    const double own = std::isfinite(task->predicted_s) ? task->predicted_s : 0;
    const double length = own + waiting[task->key];
    chain[task->key] = length;
    for (const std::string& need : task->depends_on) {
      waiting[need] = std::max(waiting[need], length);
    }
  }
  std::stable_sort(keys.begin(), keys.end(),
                   [&](const std::string& a, const std::string& b) { return chain[a] > chain[b]; });
  return keys;
}

}  // namespace nmsw::runners
