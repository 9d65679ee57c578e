#include <filesystem>
#include <iostream>

#include "results/store.h"
#include "runners/command_line.h"
#include "runners/commands/commands.h"
#include "runners/planning/plan_format.h"
#include "runners/verb_parser.h"

namespace nmsw::runners {
namespace {

TaskStates stored_states(const std::filesystem::path& database) {
  TaskStates states;
  if (!std::filesystem::exists(database)) return states;
  for (results::TaskState& state : results::ResultStore::open_read_only(database).tasks()) {
    const std::string key = state.task.key;
    states.emplace(key, std::move(state));
  }
  return states;
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
      "set", words(), "path.to.key=value in place of the YAML's, may be repeated")(
      "only", words(), "key=value: only these tasks and what they need, may be repeated")(
      "device", po::value<std::string>()->default_value("auto"), "auto, cpu, cuda or cuda:N")(
      "format", po::value<std::string>()->default_value("table"), "table, json or csv");
  parser.positional("experiment", -1);
  if (!parser.parse(arguments)) return 0;
  const PlanFormat format = parse_plan_format(parser.get<std::string>("format"));
  PlanOptions options = plan_options_of_machine();
  options.device = parser.get<std::string>("device");
  require_device(options.device);
  const Plan plan = make_plan(
      load_experiment(parser.only_word("experiment"), parser.list<std::string>("set")), options);
  const std::vector<std::string> keys =
      selected_keys(plan, parse_only(parser.list<std::string>("only")));
  std::cout << format_plan(plan, keys, stored_states(parser.get<std::string>("db")), format);
  return 0;
}

}  // namespace nmsw::runners
