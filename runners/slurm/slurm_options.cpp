#include "runners/slurm/slurm_options.h"

#include <algorithm>

#include "runners/options/option_words.h"
#include "runners/slurm/queue.h"

namespace nmsw::runners {
namespace {

VerbParser slurm_parser() {
  return VerbParser(
      {"slurm", "slurm EXPERIMENT.yaml [options] [-- options of sbatch]",
       "Submits what is not done yet of an experiment to a Slurm cluster: job arrays, evaluations "
       "after\ntheir trainings, and a job that folds the results into the database and writes the "
       "report. Called\nagain, it submits only what is missing. The jobs see the same folders as "
       "this machine.",
       "nmsw slurm experiments/reproduce.yaml --partition gpu --gres gpu:1 --time 1-0 --mem 32G "
       "--max-parallel 8 -- --account=lab"});
}

void add_options(VerbParser& parser) {
  parser.options().add_options()("db", text(kDefaultDatabase), "database of the results")(
      "cache", text(kDefaultCache), "folder of prepared cases and of the digests of data files")(
      "out", text("report"), "folder of the report")(
      "set", words(), "path.to.key=value in place of the YAML's, may be repeated")(
      "only", words(), "key=value: only these tasks and what they need, may be repeated")(
      "device", text("auto"), "of the jobs: auto, cpu or cuda")("partition", text(""),
                                                                "Slurm's partition")(
      "time", text(""), "of each task, in Slurm's words; absent: from the forecast")(
      "gres", text(""), "of tasks that run on a GPU, e.g. gpu:1")(
      "mem", text(""), "of each task, e.g. 16G; absent: from the forecast")(
      "cpus", with_default<int64_t>(0), "of each task; 0: the cluster's default")(
      "max-parallel", with_default<int64_t>(0), "tasks at the same time; 0: no limit")(
      "setup", words(), "a line of the job's shell before the program, may be repeated")(
      "save-time", text("2min"), "before its end a task saves and goes back to the queue")(
      "dry-run", "print the scripts, submit nothing")(
      "lost-only", "only tasks that were lost, and what waits for them: the merge job's call");
}

}  // namespace

std::optional<SlurmOptions> parse_slurm_options(const std::vector<std::string>& arguments) {
  const auto dashes = std::find(arguments.begin(), arguments.end(), "--");
  VerbParser parser = slurm_parser();
  add_options(parser);
  parser.positional("experiment", -1);
  if (!parser.parse({arguments.begin(), dashes})) return std::nullopt;
  SlurmOptions options;
  options.words = arguments;
  if (dashes != arguments.end()) options.sbatch.assign(dashes + 1, arguments.end());
  options.experiment = parser.only_word("experiment");
  options.database = parser.get<std::string>("db");
  options.cache = parser.get<std::string>("cache");
  options.report = parser.get<std::string>("out");
  options.set = parser.list<std::string>("set");
  options.only_words = parser.list<std::string>("only");
  options.only = parse_only(options.only_words);
  options.device = parser.get<std::string>("device");
  require_device(options.device);
  options.partition = parser.get<std::string>("partition");
  options.time = parser.get<std::string>("time");
  options.gres = parser.get<std::string>("gres");
  options.mem = parser.get<std::string>("mem");
  options.cpus = parser.get<int64_t>("cpus");
  options.max_parallel = parser.get<int64_t>("max-parallel");
  options.setup = parser.list<std::string>("setup");
  options.save_s = parse_budget(parser.get<std::string>("save-time"), "--save-time");
  options.dry_run = parser.has("dry-run");
  options.lost_only = parser.has("lost-only");
  if (!options.time.empty()) parse_slurm_time(options.time);
  if (!options.mem.empty()) parse_slurm_memory(options.mem);
  if (options.cpus < 0 || options.max_parallel < 0)
    parser.usage_error("--cpus and --max-parallel must not be negative");
  if (options.device.rfind("cuda", 0) == 0 && !options.wants_gpu())
    parser.usage_error("--device cuda needs --gres gpu:1 (or as the cluster names its GPUs)");
  return options;
}

}  // namespace nmsw::runners
