#include <filesystem>
#include <iostream>

#include "runners/commands/commands.h"
#include "runners/options/option_values.h"
#include "runners/options/verb_parser.h"
#include "runners/slurm/cluster_status.h"

namespace nmsw::runners {

int cancel_command(const Arguments& arguments) {
  namespace po = boost::program_options;
  VerbParser parser({"cancel", "cancel [options]",
                     "Takes every job that 'nmsw slurm' submitted for a database out of Slurm's "
                     "queue. Running trainings\nsave; 'nmsw slurm' submits what is missing again.",
                     "nmsw cancel"});
  parser.options().add_options()("db", po::value<std::string>()->default_value(kDefaultDatabase),
                                 "database");
  if (!parser.parse(arguments)) return 0;
  const int64_t count = cancel_jobs(ClusterFolder::of(parser.get<std::string>("db")));
  std::cout << fmt::format("{} task{} and jobs taken out of the queue\n", count,
                           count == 1 ? "" : "s");
  return 0;
}

}  // namespace nmsw::runners
