#include "runners/planning/plan/plan_format.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "nmsw/base/readable.h"
#include "results/query_format.h"
#include "runners/planning/experiment/names.h"
#include "runners/planning/forecast/whole_or_null.h"

namespace nmsw::runners {
namespace {

using results::QueryValue;
using results::TaskRecord;

/// An empty cell for what is not known.
QueryValue cell(double number) { return std::isfinite(number) ? QueryValue{number} : QueryValue{}; }
QueryValue whole_cell(double number) {
  return std::isfinite(number) ? QueryValue{static_cast<int64_t>(number)} : QueryValue{};
}

std::string state_of(const TaskStates& states, const std::string& key) {
  const auto found = states.find(key);
  return found == states.end() ? "pending" : found->second.state;
}

nlohmann::ordered_json task_json(const TaskRecord& task, const Plan& plan,
                                 const std::string& state) {
  const auto shared = plan.used_by.find(task.key);
  nlohmann::ordered_json json;
  json["key"] = task.key;
  json["kind"] = task.kind;
  json["state"] = state;
  json["experiment"] = task.experiment;
  json["dataset"] = task.dataset;
  json["backbone"] = task.backbone;
  json["method"] = task.method;
  json["k"] = task.k;
  json["seed"] = task.seed;
  json["fold"] =
      task.fold == results::kNoFold ? nlohmann::ordered_json() : nlohmann::ordered_json(task.fold);
  json["depends_on"] = task.depends_on;
  json["macs_paper"] = task.macs_paper;
  json["predicted_s"] = task.predicted_s;
  json["predicted_peak_bytes"] = whole_or_null(task.predicted_peak_bytes);
  json["scheme"] = task.scheme;
  json["class_weight"] = task.class_weight;
  json["variant"] = task.variant;
  const auto patches = plan.patches.find(task.key);
  json["patches_used"] = nullptr;
  if (patches != plan.patches.end()) json["patches_used"] = patches->second;
  json["used_by"] = shared == plan.used_by.end() ? 0 : shared->second;
  return json;
}

std::string as_json(const Plan& plan, const std::vector<const TaskRecord*>& tasks,
                    const TaskStates& states) {
  nlohmann::ordered_json json;
  json["tasks"] = nlohmann::ordered_json::array();
  for (const TaskRecord* task : tasks)
    json["tasks"].push_back(task_json(*task, plan, state_of(states, task->key)));
  json["predicted_disk_bytes"] = static_cast<int64_t>(plan.disk_bytes);
  json["notes"] = plan.notes;
  json["data"] = nlohmann::ordered_json::array();
  for (const DataUse& use : plan.data) {
    json["data"].push_back({{"dataset", use.dataset},
                            {"source", enum_name(use.source)},
                            {"folder", use.folder},
                            {"why", use.why}});
    json["notes"].push_back(data_note(use));
  }
  return json.dump(2) + '\n';
}

results::QueryTable csv_table(const Plan& plan, const std::vector<const TaskRecord*>& tasks,
                              const TaskStates& states) {
  results::QueryTable table;
  table.columns = {"key",
                   "kind",
                   "state",
                   "experiment",
                   "dataset",
                   "backbone",
                   "method",
                   "k",
                   "seed",
                   "depends_on",
                   "macs_paper",
                   "predicted_s",
                   "predicted_peak_bytes",
                   "scheme",
                   "class_weight",
                   "variant",
                   "used_by",
                   "fold"};
  for (const TaskRecord* task : tasks) {
    const auto shared = plan.used_by.find(task->key);
    table.rows.push_back({task->key, task->kind, state_of(states, task->key), task->experiment,
                          task->dataset, task->backbone, task->method, task->k, task->seed,
                          joined(task->depends_on, " "), cell(task->macs_paper),
                          cell(task->predicted_s), whole_cell(task->predicted_peak_bytes),
                          task->scheme, task->class_weight, task->variant,
                          shared == plan.used_by.end() ? int64_t{0} : shared->second,
                          results::fold_text(task->fold)});
  }
  return table;
}

std::string as_table(const Plan& plan, const std::vector<const TaskRecord*>& tasks,
                     const TaskStates& states) {
  results::QueryTable table;
  table.columns = {"task", "kind", "state",   "dataset",        "backbone", "method",
                   "k",    "seed", "used by", "MACs T (paper)", "time",     "memory"};
  double left_s = 0;
  double peak = 0;
  int unpredicted = 0;
  std::map<std::string, int> kinds;
  for (const TaskRecord* task : tasks) {
    const std::string state = state_of(states, task->key);
    const auto shared = plan.used_by.find(task->key);
    std::string what = task->kind == "train" ? task->scheme : task->method;
    if (task->class_weight == "off") what += ", no class weights";
    if (!task->variant.empty()) what += ", " + task->variant;
    if (task->fold != results::kNoFold) what += ", fold " + std::to_string(task->fold);
    table.rows.push_back({task->key.substr(0, 10), task->kind, state, task->dataset, task->backbone,
                          what, task->k, task->seed,
                          shared == plan.used_by.end() ? QueryValue{} : QueryValue{shared->second},
                          cell(task->macs_paper / 1e12), readable_seconds(task->predicted_s),
                          readable_bytes(task->predicted_peak_bytes)});
    if (!std::isfinite(task->predicted_s))
      ++unpredicted;
    else if (state != "done")
      left_s += task->predicted_s;
    peak = std::max(peak, task->predicted_peak_bytes);
    ++kinds[task->kind];
  }
  std::string text = results::format_query(table, results::QueryFormat::table);
  text += fmt::format(
      "\n{} tasks: {} train, {} evaluate, {} profile · left: about {} · memory: up to about {} · "
      "checkpoints: about {}\n",
      tasks.size(), kinds["train"], kinds["evaluate"], kinds["profile"], readable_seconds(left_s),
      readable_bytes(peak), readable_bytes(plan.disk_bytes));
  if (unpredicted > 0) {
    text += fmt::format(
        "note: {} of the tasks have a network without a closed form: their MACs, time and memory "
        "are not known\n",
        unpredicted);
  }
  for (const DataUse& use : plan.data) text += "note: " + data_note(use) + '\n';
  for (const std::string& note : plan.notes) text += "note: " + note + '\n';
  return text;
}

}  // namespace

PlanFormat parse_plan_format(const std::string& name) {
  if (name == "table") return PlanFormat::table;
  if (name == "json") return PlanFormat::json;
  if (name == "csv") return PlanFormat::csv;
  throw ConfigError("--format {}: choose one of: table, json, csv", name);
}

std::string format_plan(const Plan& plan, const std::vector<std::string>& keys,
                        const TaskStates& states, PlanFormat format) {
  const std::set<std::string> wanted(keys.begin(), keys.end());
  std::vector<const TaskRecord*> tasks;
  for (const TaskRecord& task : plan.tasks) {
    if (wanted.count(task.key) > 0) tasks.push_back(&task);
  }
  if (format == PlanFormat::json) return as_json(plan, tasks, states);
  if (format == PlanFormat::csv) {
    return results::format_query(csv_table(plan, tasks, states), results::QueryFormat::csv);
  }
  return as_table(plan, tasks, states);
}

}  // namespace nmsw::runners
