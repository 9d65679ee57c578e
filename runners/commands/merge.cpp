#include "results/store.h"

#include <iostream>

#include "runners/commands/commands.h"
#include "runners/options/verb_parser.h"

namespace nmsw::runners {

int merge_command(const Arguments& arguments) {
  VerbParser parser({"merge", "merge OUT IN…",
                     "Folds the databases of several machines into one; the inputs stay.",
                     "nmsw merge all.sqlite machine_a.sqlite machine_b.sqlite"});
  parser.positional("databases", -1);
  if (!parser.parse(arguments)) return 0;
  const auto files = parser.list<std::string>("databases");
  if (files.size() < 2) parser.usage_error("expected an output and at least one input");
  // The output is not made where an input cannot be used.
  for (size_t i = 1; i < files.size(); ++i) results::ResultStore::open_read_only(files[i]);
  auto out = results::ResultStore::open(files.front());
  const results::MergeReport report = out.merge({files.begin() + 1, files.end()});
  std::cout << report.tasks_added << " tasks and " << report.results_added << " results added\n";
  for (const std::string& conflict : report.conflicts)
    std::cerr << "nmsw: conflict: " << conflict << '\n';
  return 0;
}

}  // namespace nmsw::runners
