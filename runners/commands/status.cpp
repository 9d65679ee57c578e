#include <iostream>

#include "nmsw/base/readable.h"
#include "reporting/comparison.h"
#include "reporting/mixed_data.h"
#include "results/sqlite.h"
#include "results/store.h"
#include "runners/commands/commands.h"
#include "runners/commands/status_lines.h"
#include "runners/options/option_values.h"
#include "runners/options/verb_parser.h"
#include "runners/options/verb_plan.h"
#include "runners/options/worker_process.h"
#include "runners/slurm/cluster_status.h"
#include "runners/slurm/fold.h"

namespace nmsw::runners {
namespace {

/// Tasks that nobody works on any more are counted as lost.
void print_status(const std::string& experiment, results::StatusSummary status, double now_s) {
  std::string lines;
  for (const results::TaskState& state : status.running) {
    const std::string loss = loss_of(state, now_s, worker_is_gone(state.worker));
    lines += running_lines(state, now_s, loss);
    if (loss.empty()) continue;
    --status.states["running"];
    ++status.states["lost"];
  }
  for (const results::TaskState& state : status.failed) lines += failed_lines(state);
  std::cout << experiment << ": ";
  bool first = true;
  for (const auto& [state, count] : status.states) {
    if (count == 0) continue;
    std::cout << (first ? "" : ", ") << count << ' ' << state;
    first = false;
  }
  std::cout << " of " << status.total;
  if (status.left_s > 0) std::cout << ", about " << readable_seconds(status.left_s) << " left";
  std::cout << '\n' << lines;
}

}  // namespace

int status_command(const Arguments& arguments) {
  namespace po = boost::program_options;
  VerbParser parser(
      {"status", "status [EXPERIMENT] [options]",
       "Shows the progress of a database, also while another shell runs it: what runs "
       "and since when, which workers are lost, where each learning curve stands, and "
       "what failed with its log.",
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
    print_status(name, store.status(name), store.now_s());
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
