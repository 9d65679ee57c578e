#include <ctime>
#include <iostream>

#include "nmsw/base/readable.h"
#include "reporting/comparison.h"
#include "reporting/mixed_data.h"
#include "results/sqlite.h"
#include "results/store.h"
#include "runners/commands/commands.h"
#include "runners/options/option_values.h"
#include "runners/options/verb_parser.h"
#include "runners/options/verb_plan.h"
#include "runners/slurm/cluster_status.h"
#include "runners/slurm/fold.h"

namespace nmsw::runners {
namespace {

std::string task_title(const results::TaskRecord& task) {
  std::string title = task.key.substr(0, 10) + ' ' + task.kind;
  for (const std::string* word :
       {&task.dataset, &task.backbone, &task.scheme, &task.method, &task.k}) {
    if (!word->empty()) title += ' ' + *word;
  }
  return title + fmt::format(" seed {}", task.seed);
}

void print_status(const std::string& experiment, const results::StatusSummary& status) {
  std::cout << experiment << ": ";
  bool first = true;
  for (const auto& [state, count] : status.states) {
    if (count == 0) continue;
    std::cout << (first ? "" : ", ") << count << ' ' << state;
    first = false;
  }
  std::cout << " of " << status.total;
  if (status.left_s > 0) std::cout << ", about " << readable_seconds(status.left_s) << " left";
  std::cout << '\n';
  for (const results::TaskState& state : status.running) {
    std::cout << "  running " << task_title(state.task)
              << fmt::format(": {:.0f} %", state.progress * 100);
    if (!state.progress_text.empty()) std::cout << ", " << state.progress_text;
    std::cout << " (" << state.worker << ")\n";
  }
  for (const results::TaskState& state : status.failed) {
    std::cout << "  failed " << task_title(state.task) << " after " << state.attempts
              << " attempt(s): " << state.last_error << '\n';
  }
}

}  // namespace

int status_command(const Arguments& arguments) {
  namespace po = boost::program_options;
  VerbParser parser({"status", "status [EXPERIMENT] [options]",
                     "Shows the progress of a database, also while another shell runs it.",
                     "nmsw status"});
  parser.options().add_options()("db", po::value<std::string>()->default_value(kDefaultDatabase),
                                 "database")(
      "fold", "first take in what jobs of a cluster have published ('nmsw slurm')");
  parser.positional("experiment", -1);
  if (!parser.parse(arguments)) return 0;
  const std::filesystem::path database = parser.get<std::string>("db");
  const ClusterFolder cluster = ClusterFolder::of(database);
  if (parser.has("fold")) {
    results::require_database(database);
    auto written = results::ResultStore::open(database);
    const FoldReport report = fold(written, cluster);
    std::cout << report.results << " results added\n";
    for (const std::string& note : report.notes) tell_on_stderr(note);
  }
  const auto store = results::ResultStore::open_read_only(database);
  std::vector<std::string> names = store.experiments();
  if (const auto asked = parser.list<std::string>("experiment"); !asked.empty()) {
    require_choice(parser.only_word("experiment"), "experiment", names);
    names = asked;
  }
  for (const std::string& name : names) {
    print_status(name, store.status(name));
    const auto rows = reporting::read_comparison(store, name);
    for (const std::string& note :
         reporting::mixed_data_notes(store, name, reporting::datasets_of(rows)))
      std::cout << "  " << note << '\n';
  }
  for (const std::string& line : cluster_lines(store, cluster)) std::cout << line << '\n';
  if (names.empty())
    std::cout << "the database holds no experiment yet; nmsw run EXPERIMENT.yaml adds one\n";
  return 0;
}

}  // namespace nmsw::runners
