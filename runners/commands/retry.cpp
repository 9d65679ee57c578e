#include <iostream>

#include "results/sqlite.h"
#include "results/store.h"
#include "runners/commands/commands.h"
#include "runners/options/option_values.h"
#include "runners/options/verb_parser.h"

namespace nmsw::runners {

int retry_command(const Arguments& arguments) {
  namespace po = boost::program_options;
  VerbParser parser({"retry", "retry [EXPERIMENT] [options]",
                     "Makes failed tasks pending again; the next 'nmsw run' executes them.",
                     "nmsw retry"});
  parser.options().add_options()("db", po::value<std::string>()->default_value(kDefaultDatabase),
                                 "database");
  parser.positional("experiment", -1);
  if (!parser.parse(arguments)) return 0;
  const std::filesystem::path database = parser.get<std::string>("db");
  results::require_database(database);
  auto store = results::ResultStore::open(database);
  std::string experiment;
  if (!parser.list<std::string>("experiment").empty()) {
    experiment = parser.only_word("experiment");
    require_choice(experiment, "experiment", store.experiments());
  }
  std::cout << store.retry_failed(experiment) << " failed tasks are pending again\n";
  return 0;
}

}  // namespace nmsw::runners
