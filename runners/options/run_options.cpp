#include "runners/options/run_options.h"

#include <algorithm>

#include "runners/options/device_options.h"
#include "runners/options/option_values.h"
#include "runners/options/option_words.h"

namespace nmsw::runners {

std::optional<RunOptions> parse_run_options(int argc, char** argv) {
  return parse_run_options(std::vector<std::string>(argv + std::min(argc, 2), argv + argc));
}

std::optional<RunOptions> parse_run_options(const std::vector<std::string>& arguments) {
  VerbParser parser(
      {"run", "run EXPERIMENT.yaml [options]",
       "Plans an experiment and executes what is not done yet. Run again, it continues.",
       "nmsw run experiments/reproduce.yaml --workers 1 --only dataset=word"});
  RunOptions options;
  parser.options().add_options()("db", text(kDefaultDatabase), "database of the results")(
      "runs", text("results/runs"), "folder of checkpoints and logs")(
      "cache", text(kDefaultCache), "folder of prepared cases and of the digests of data files")(
      "workers", with_default<int64_t>(1), "tasks executed at the same time")(
      "threads", with_default<int64_t>(0), "threads in all; 0: from the machine")(
      "set", words(), "path.to.key=value in place of the YAML's, may be repeated")(
      "only", words(), "key=value: only these tasks and what they need, may be repeated")(
      "fail-fast", "stop at the first task that fails")("quiet,q", "no progress on the terminal");
  add_device_options(parser, options.device);
  parser.positional("experiment", -1);
  if (!parser.parse(arguments)) return std::nullopt;
  options.experiment = parser.only_word("experiment");
  options.database = parser.get<std::string>("db");
  options.runs = parser.get<std::string>("runs");
  options.cache = parser.get<std::string>("cache");
  options.workers = parser.get<int64_t>("workers");
  options.threads = parser.get<int64_t>("threads");
  read_device_options(parser, options);
  options.set = parser.list<std::string>("set");
  options.only = parse_only(parser.list<std::string>("only"));
  options.fail_fast = parser.has("fail-fast");
  options.quiet = parser.has("quiet");
  if (options.workers < 1) parser.usage_error("--workers must be at least 1");
  if (options.threads < 0) parser.usage_error("--threads must not be negative");
  return options;
}

}  // namespace nmsw::runners
