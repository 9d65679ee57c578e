#include "runners/planning/tasks/stored_tasks.h"

#include <map>
#include <set>

#include "datasets/layouts/case_files.h"
#include "datasets/layouts/content_key.h"
#include "nmsw/base/config_identity.h"
#include "runners/planning/tasks/identity.h"
#include "runners/planning/tasks/task_specs.h"

namespace nmsw::runners {
namespace {

using results::NewKey;
using results::TaskRecord;

template <class Spec>
Spec stored_spec(const TaskRecord& task) {
  return read_config<Spec>(ConfigNode::parse(task.config_json, task.key));
}

/// Finds the key that a task has today, and first those of the tasks whose weights it uses.
class Renaming {
 public:
  Renaming(const StoredTasks& stored, datasets::FileDigests& digests)
      : data_sha_(stored.data_sha), digests_(digests) {
    for (const results::TaskState& state : stored.states) tasks_[state.task.key] = &state.task;
  }

  /// Nothing for a task that is not stored or cannot be read.
  std::optional<NewKey> of(const std::string& key) {
    if (const auto found = known_.find(key); found != known_.end()) return found->second;
    known_[key] = std::nullopt;  // a task that needs itself ends here
    const auto task = tasks_.find(key);
    if (task == tasks_.end()) return std::nullopt;
    try {
      return known_[key] = renamed(*task->second);
    } catch (const Error&) {
      return std::nullopt;
    }
  }

 private:
  NewKey renamed(const TaskRecord& task) {
    if (task.kind == "train")
      return with_inputs(task, stored_spec<TrainSpec>(task), datasets::Split::train);
    if (task.kind == "evaluate")
      return with_inputs(task, stored_spec<EvaluateSpec>(task), datasets::Split::test);
    return {task.key, task_key(stored_spec<ProfileSpec>(task)), task.config_json};
  }

  template <class Spec>
  NewKey with_inputs(const TaskRecord& task, Spec spec, datasets::Split split) {
    bool changed = false;
    for (WeightsRef& ref : spec.weights) {
      const auto training = of(ref.task_key);
      if (!training || training->key == ref.task_key) continue;
      ref.task_key = training->key;
      changed = true;
    }
    if (spec.data.source == DataSource::real &&
        !datasets::is_contents_fingerprint(spec.data.files)) {
      const auto files = contents(spec.data, split);
      if (files && has_seen_today(task.key, spec.data)) {
        spec.data.files = *files;
        changed = true;
      }
    }
    return {task.key, task_key(spec), changed ? canonical_text(spec) : task.config_json};
  }

  /// Whether a finished task was made from what is in the files today: a label map that was
  /// corrected often has the size it had. True where the run does not say.
  bool has_seen_today(const std::string& key, const DataSpec& data) {
    const auto seen = data_sha_.find(key);
    if (seen == data_sha_.end() || seen->second.empty()) return true;
    const std::string text =
        data.root + '\n' + canonical_text(data.descriptor) + canonical_text(data.fit);
    std::string& today = today_[text];
    if (today.empty()) {
      today = data_digest(data.descriptor, datasets::list_cases(data.descriptor, data.root),
                          data.fit, digests_);
    }
    return today == seen->second;
  }

  struct Fingerprints {
    std::string names, contents;
  };

  /// The contents of the files that an older fingerprint stands for, if they are still there.
  std::optional<std::string> contents(const DataSpec& data, datasets::Split split) {
    const std::string text = enum_name(split) + data.root + '\n' + canonical_text(data.descriptor);
    const auto found = folders_.find(text);
    const Fingerprints prints =
        found != folders_.end() ? found->second : folders_[text] = look(data, split);
    if (prints.names != data.files) return std::nullopt;
    return prints.contents;
  }

  Fingerprints look(const DataSpec& data, datasets::Split split) {
    try {
      std::vector<datasets::CaseFiles> cases;
      const bool tests = split == datasets::Split::test;
      for (datasets::CaseFiles& files : datasets::list_cases(data.descriptor, data.root)) {
        if ((files.split == datasets::Split::test) == tests) cases.push_back(std::move(files));
      }
      const std::string names = names_fingerprint(cases, data.root);
      if (names != data.files) return {names, ""};
      digests_.announce(files_of(cases), data.root);
      return {names, contents_fingerprint(cases, digests_)};
    } catch (const DataError&) {
      return {};
    }
  }

  const std::map<std::string, std::string>& data_sha_;
  datasets::FileDigests& digests_;
  std::map<std::string, std::string> today_;
  std::map<std::string, const TaskRecord*> tasks_;
  std::map<std::string, std::optional<NewKey>> known_;
  std::map<std::string, Fingerprints> folders_;
};

}  // namespace

StoredTasks stored_tasks_of(const results::ResultStore& store) {
  StoredTasks stored{store.tasks(), {}};
  for (const auto& row : store.query("SELECT task_key, data_sha FROM v_provenance").rows) {
    const auto* key = std::get_if<std::string>(&row[0]);
    const auto* sha = std::get_if<std::string>(&row[1]);
    if (key != nullptr && sha != nullptr) stored.data_sha[*key] = *sha;
  }
  return stored;
}

std::vector<NewKey> new_keys(const StoredTasks& stored, const std::vector<std::string>& settled,
                             datasets::FileDigests& digests) {
  std::set<std::string> seen(settled.begin(), settled.end());
  Renaming renaming(stored, digests);
  std::vector<NewKey> changes;
  for (const results::TaskState& state : stored.states) {
    if (!seen.insert(state.task.key).second)
      continue;  // a task may be listed by several experiments
    const auto change = renaming.of(state.task.key);
    if (change && change->key != state.task.key) changes.push_back(*change);
  }
  return changes;
}

std::vector<NewKey> due_changes(const std::vector<NewKey>& changes,
                                const std::vector<results::TaskState>& stored) {
  std::map<std::string, std::string> states;
  for (const results::TaskState& state : stored) states[state.task.key] = state.state;
  std::vector<NewKey> due;
  for (const NewKey& change : changes) {
    const auto holder = states.find(change.key);
    const bool taken =
        holder != states.end() && (holder->second == "done" || states.at(change.old_key) != "done");
    if (!taken) due.push_back(change);
  }
  return due;
}

std::optional<nlohmann::json> stored_identity(const TaskRecord& task) {
  try {
    if (task.kind == "train") return task_identity(stored_spec<TrainSpec>(task));
    if (task.kind == "evaluate") return task_identity(stored_spec<EvaluateSpec>(task));
    return task_identity(stored_spec<ProfileSpec>(task));
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace nmsw::runners
