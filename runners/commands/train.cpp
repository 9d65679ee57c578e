#include <iostream>

#include "nmsw/base/shell_word.h"
#include "results/query_format.h"
#include "results/store.h"
#include "runners/commands/commands.h"
#include "runners/commands/set_up.h"
#include "runners/commands/tensor_child.h"
#include "runners/options/verb_plan.h"

namespace nmsw::runners {
namespace {

namespace fs = std::filesystem;

/// Sets up where nothing is there; an experiment without its descriptor is not what init left.
void set_up_once(const InitOptions& options) {
  if (options.force || !fs::exists(options.experiment())) return set_up(options);
  tell_on_stderr(
      options.experiment().string() + " is there and used as it is" +
      (options.budget_given ? "; --budget changes nothing (--force sets it up anew)" : ""));
}

Arguments run_words(const InitOptions& options) {
  Arguments words{options.experiment().string(),
                  "--db",
                  options.database().string(),
                  "--runs",
                  options.runs().string(),
                  "--cache",
                  options.cache().string(),
                  "--device",
                  options.device,
                  "--threads",
                  std::to_string(options.threads)};
  if (options.quiet) words.emplace_back("--quiet");
  return words;
}

/// The checkpoints of NMSW's last training, of every fold where there are folds; each holds both
/// networks.
std::string checkpoints_in(const fs::path& database) {
  const auto table = results::ResultStore::open_read_only(database).query(
      "SELECT full_path(path), max(run) FROM v_artifacts WHERE kind = 'checkpoint' AND scheme = "
      "'nmsw' GROUP BY fold ORDER BY fold");
  std::string words;
  for (const auto& row : table.rows) words += ' ' + shell_word(results::format_value(row.front()));
  return words;
}

}  // namespace

int train_command(const Arguments& arguments) {
  const auto options = parse_train_options(arguments);
  if (!options) return 0;
  set_up_once(*options);
  const Arguments words = run_words(*options);
  // A wrong experiment is refused before LibTorch is loaded.
  plan_for_verb({options->experiment(), {}, {}, options->device, options->cache()});
  const int code = run_tensor_program("run", words);
  if (code != 0) return code;
  const std::string checkpoints = checkpoints_in(options->database());
  std::cout << "next:\n";
  if (!checkpoints.empty()) {
    std::cout << "  nmsw predict --checkpoint" << checkpoints
              << " --input SCAN.nii.gz --output LABELS.nii.gz --method nmsw --k 30\n";
  }
  std::cout << "  nmsw report --db " << shell_word(options->database().string()) << " --out "
            << shell_word((options->out / "report").string()) << '\n';
  return 0;
}

}  // namespace nmsw::runners
