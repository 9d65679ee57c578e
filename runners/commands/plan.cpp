#include <filesystem>
#include <iostream>
#include <map>

#include "results/store.h"
#include "runners/commands/commands.h"
#include "runners/options/option_values.h"
#include "runners/options/verb_parser.h"
#include "runners/options/verb_plan.h"
#include "runners/planning/plan/plan_format.h"
#include "runners/planning/tasks/stored_tasks.h"

namespace nmsw::runners {
namespace {

struct Stored {
  TaskStates states;
  std::vector<std::string> notes;
};

/// What the database has of the plan, which it stays as it is for: tasks of an older version's
/// database are found under the keys that `run` will give them.
Stored stored_tasks(const std::filesystem::path& database, const Plan& plan,
                    const std::filesystem::path& cache) {
  Stored stored;
  if (!std::filesystem::exists(database)) return stored;
  const auto store = results::ResultStore::open_read_only(database);
  const StoredTasks known = stored_tasks_of(store);
  const std::vector<results::TaskState>& tasks = known.states;
  std::vector<std::string> planned;
  for (const results::TaskRecord& task : plan.tasks) planned.push_back(task.key);
  datasets::FileDigests digests(digests_file(cache), tell_on_stderr);
  std::map<std::string, std::string> renamed;
  for (const results::NewKey& change : due_changes(new_keys(known, planned, digests), tasks))
    renamed[change.old_key] = change.key;
  const auto key_of = [&](const std::string& key) {
    const auto found = renamed.find(key);
    return found == renamed.end() ? key : found->second;
  };
  std::vector<results::TaskState> listed = store.tasks(plan.experiment);
  for (results::TaskState& state : listed) state.task.key = key_of(state.task.key);
  stored.notes = unclaimed_notes(plan, listed);
  for (const results::TaskState& state : tasks) {
    const std::string key = key_of(state.task.key);
    const auto [place, added] = stored.states.emplace(key, state);
    if (!added && state.state == "done") place->second = state;
  }
  return stored;
}

}  // namespace

int plan_command(const Arguments& arguments) {
  namespace po = boost::program_options;
  VerbParser parser({"plan", "plan EXPERIMENT.yaml [options]",
                     "Shows the tasks of an experiment without running them: state, what is "
                     "shared, MACs, predicted time, "
                     "memory and disk.",
                     "nmsw plan experiments/reproduce.yaml --format json"});
  const auto words = [] { return po::value<std::vector<std::string>>()->composing(); };
  parser.options().add_options()("db", po::value<std::string>()->default_value(kDefaultDatabase),
                                 "database of the results")(
      "cache", po::value<std::string>()->default_value(kDefaultCache),
      "folder of prepared cases and of the digests of data files")(
      "set", words(), "path.to.key=value in place of the YAML's, may be repeated")(
      "only", words(), "key=value: only these tasks and what they need, may be repeated")(
      "device", po::value<std::string>()->default_value("auto"), "auto, cpu, cuda or cuda:N")(
      "format", po::value<std::string>()->default_value("table"), "table, json or csv");
  parser.positional("experiment", -1);
  if (!parser.parse(arguments)) return 0;
  const PlanFormat format = parse_plan_format(parser.get<std::string>("format"));
  PlanRequest request;
  request.experiment = parser.only_word("experiment");
  request.set = parser.list<std::string>("set");
  request.only = parse_only(parser.list<std::string>("only"));
  request.device = parser.get<std::string>("device");
  request.cache = parser.get<std::string>("cache");
  require_device(request.device);
  Plan plan = plan_for_verb(request);
  const std::vector<std::string> keys = selected_keys(plan, request.only);
  const Stored stored = stored_tasks(parser.get<std::string>("db"), plan, request.cache);
  plan.notes.insert(plan.notes.end(), stored.notes.begin(), stored.notes.end());
  std::cout << format_plan(plan, keys, stored.states, format);
  return 0;
}

}  // namespace nmsw::runners
