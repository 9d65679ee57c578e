#include "runners/slurm/job_script.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "runners/slurm/queue.h"
#include "runners/slurm/submission.h"

namespace nmsw::runners {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kMergeSeconds = 3600;

/// "#SBATCH --name=value", quoted as sbatch reads it.
std::string option(const std::string& name, const std::string& value) {
  const bool quoted = value.find_first_of(" \t'\"#") != std::string::npos;
  return "#SBATCH --" + name + '=' + (quoted ? shell_word(value) : value) + '\n';
}

std::string common_options(const SlurmOptions& options, const ScriptSetting& setting) {
  std::string text = option("chdir", setting.place.string());
  text += option("open-mode", "append") + option("nodes", "1") + option("ntasks", "1");
  if (!options.partition.empty()) text += option("partition", options.partition);
  if (!setting.excluded.empty()) {
    std::string nodes;
    for (const std::string& node : setting.excluded) nodes += (nodes.empty() ? "" : ",") + node;
    text += option("exclude", nodes);
  }
  return text;
}

std::string setup_lines(const SlurmOptions& options) {
  if (options.setup.empty()) return "";
  std::string text = "set -e\n";
  for (const std::string& line : options.setup) text += line + '\n';
  return text + "set +e\n";
}

}  // namespace

std::string shell_word(const std::string& word) {
  constexpr const char* kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:,%@";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

std::string array_script(const SlurmOptions& options, const ScriptSetting& setting,
                         const JobArray& array, size_t number) {
  std::string text = "#!/bin/bash\n";
  text += option("job-name", "nmsw-" + setting.experiment);
  text += option("array", fmt::format("0-{}", array.tasks.size() - 1) +
                              (array.parallel > 0 ? fmt::format("%{}", array.parallel) : ""));
  text += option("output", (setting.submission / "logs" / "%A_%a.log").string());
  text += common_options(options, setting);
  text += "#SBATCH --requeue\n";
  // B: the shell of the job, which the program replaces; without it steps alone get the signal.
  text += option("signal", fmt::format("B:USR2@{:.0f}", std::ceil(options.save_s)));
  if (array.needs.time_s > 0) text += option("time", slurm_time(array.needs.time_s));
  if (array.needs.memory_bytes > 0) text += option("mem", slurm_memory(array.needs.memory_bytes));
  if (array.needs.gpu) text += option("gres", options.gres);
  if (options.cpus > 0) text += option("cpus-per-task", std::to_string(options.cpus));
  text += setup_lines(options);
  text += fmt::format("exec {} slurm-task {} {}\n", shell_word(setting.program.string()),
                      shell_word(setting.submission.string()), array_file(number, "tasks"));
  return text;
}

std::string merge_script(const SlurmOptions& options, const ScriptSetting& setting) {
  std::string text = "#!/bin/bash\n";
  text += option("job-name", "nmsw-" + setting.experiment + "-merge");
  text += option("output", (setting.submission / "logs" / "merge.log").string());
  text += common_options(options, setting);
  text += "#SBATCH --requeue\n";
  int64_t seconds = kMergeSeconds;
  if (!options.time.empty()) seconds = std::min(seconds, parse_slurm_time(options.time));
  text += option("time", slurm_time(seconds));
  text += setup_lines(options);
  const std::string program = shell_word(setting.program.string());
  text +=
      fmt::format("{} slurm-merge {}\ncode=$?\n", program, shell_word(setting.submission.string()));
  text += fmt::format("{} report --db {} --out {} --partial || code=$?\nexit $code\n", program,
                      shell_word(fs::absolute(options.database).string()),
                      shell_word(fs::absolute(options.report).string()));
  return text;
}

}  // namespace nmsw::runners
