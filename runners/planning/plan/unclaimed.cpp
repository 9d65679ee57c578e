#include <map>
#include <set>

#include "runners/planning/experiment/names.h"
#include "runners/planning/plan/plan.h"
#include "runners/planning/tasks/stored_tasks.h"

namespace nmsw::runners {
namespace {

using results::TaskRecord;

/// Settings named in a reason; more are counted.
constexpr size_t kNamedSettings = 3;

/// What a task does, apart from how: where it stands in the tables. Numbers of patches do not
/// count, so that a list that has grown is the same place.
std::string place_of(const TaskRecord& task) {
  return fmt::format("{}|{}|{}|{}|{}|{}|{}|{}|{}", task.kind, task.dataset, task.backbone,
                     task.scheme, task.method, task.class_weight, task.variant, task.seed,
                     task.fold);
}

/// "training.epochs" for each value in which two identities differ.
std::vector<std::string> differences(const nlohmann::json& before, const nlohmann::json& now) {
  std::set<std::string> paths;
  for (const nlohmann::json& step : nlohmann::json::diff(before, now)) {
    std::string path = step.at("path").get<std::string>().substr(1);
    for (char& c : path) c = c == '/' ? '.' : c;
    paths.insert(path);
  }
  return {paths.begin(), paths.end()};
}

bool begins(const std::string& text, const char* start) { return text.rfind(start, 0) == 0; }

std::string reason_of(const TaskRecord& task, const TaskRecord* now) {
  if (now == nullptr) return "the grid has no such cell any more";
  const auto before = stored_identity(task), after = stored_identity(*now);
  if (!before || !after) return "another version stored them";
  std::vector<std::string> reasons, settings;
  for (const std::string& path : differences(*before, *after)) {
    if (path == "result_format") {
      reasons.push_back(fmt::format("results of version {} are needed, these are of version {}",
                                    after->value("result_format", 1),
                                    before->value("result_format", 1)));
    } else if (begins(path, "data.files")) {
      reasons.emplace_back("their data have changed");
    } else if (begins(path, "data.source")) {
      reasons.emplace_back("phantoms and real files have changed places");
    } else if (!begins(path, "weights")) {
      settings.push_back(path);
    }
  }
  const size_t more = settings.size() > kNamedSettings ? settings.size() - kNamedSettings : 0;
  settings.resize(settings.size() - more);
  if (!settings.empty()) {
    reasons.push_back("other settings: " + joined(settings) +
                      (more > 0 ? fmt::format(" and {} more", more) : ""));
  }
  return reasons.empty() ? "a training that they use is another one" : joined(reasons, "; ");
}

}  // namespace

std::vector<std::string> unclaimed_notes(const Plan& plan,
                                         const std::vector<results::TaskState>& listed) {
  std::map<std::string, const TaskRecord*> places;
  std::set<std::string> keys;
  for (const TaskRecord& task : plan.tasks) {
    keys.insert(task.key);
    places.emplace(place_of(task), &task);
  }
  const std::set<std::string> left_out(plan.left_out.begin(), plan.left_out.end());
  std::map<std::string, int64_t> reasons;
  for (const results::TaskState& state : listed) {
    const TaskRecord& task = state.task;
    if (state.state != "done" || keys.count(task.key) > 0 || left_out.count(task.dataset) > 0)
      continue;
    const auto now = places.find(place_of(task));
    const TaskRecord* planned = now == places.end() ? nullptr : now->second;
    const std::string& what = task.kind == "train" ? task.scheme : task.method;
    ++reasons[fmt::format("{} {}: {}", task.kind, what, reason_of(task, planned))];
  }
  std::vector<std::string> notes;
  for (const auto& [reason, count] : reasons) {
    notes.push_back(fmt::format(
        "{} finished task{} of '{}' {} not in the plan any more ({}); the results stay in the "
        "database",
        count, count == 1 ? "" : "s", plan.experiment, count == 1 ? "is" : "are", reason));
  }
  return notes;
}

}  // namespace nmsw::runners
