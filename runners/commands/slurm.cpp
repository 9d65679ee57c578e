#include <filesystem>
#include <iostream>

#include "results/store.h"
#include "runners/commands/commands.h"
#include "runners/options/verb_parser.h"
#include "runners/options/verb_plan.h"
#include "runners/slurm/fold.h"
#include "runners/slurm/node_task.h"
#include "runners/slurm/submission.h"
#include "runners/slurm/submit.h"

namespace nmsw::runners {

int slurm_command(const Arguments& arguments) {
  const auto options = parse_slurm_options(arguments);
  return options ? submit(*options) : 0;
}

int slurm_task_command(const Arguments& arguments) {
  VerbParser parser({"slurm-task", "slurm-task SUBMISSION LIST",
                     "What a job of 'nmsw slurm' runs: the task of its index, in an attempt of its "
                     "own.",
                     "nmsw slurm-task results/db/nmsw.slurm/submissions/1 array_1.tasks"});
  parser.positional("words", -1);
  if (!parser.parse(arguments)) return 0;
  const auto words = parser.list<std::string>("words");
  if (words.size() != 2) parser.usage_error("expected a submission and a list of it");
  return run_node_task(words[0], words[1], [](const std::vector<std::string>& of_run) {
    continue_in_tensor_program("run", of_run);
  });
}

int slurm_merge_command(const Arguments& arguments) {
  VerbParser parser({"slurm-merge", "slurm-merge SUBMISSION",
                     "What the last job of 'nmsw slurm' runs: folds what the others have published "
                     "into the\ndatabase, and submits again what was lost.",
                     "nmsw slurm-merge results/db/nmsw.slurm/submissions/1"});
  parser.positional("submission", -1);
  if (!parser.parse(arguments)) return 0;
  const Submission submission = read_submission(parser.only_word("submission"));
  FoldReport report;
  {
    auto store = results::ResultStore::open(submission.database);
    report = fold(store, ClusterFolder::of(submission.database));
  }
  std::cout << fmt::format("{} results added, of {} attempts that were published\n", report.results,
                           report.attempts);
  for (const std::string& note : report.notes) tell_on_stderr(note);
  std::filesystem::current_path(submission.place);
  Arguments words = submission.words;
  words.insert(words.begin(), "--lost-only");
  if (const auto options = parse_slurm_options(words)) submit(*options);
  return report.damaged > 0 ? static_cast<int>(ErrorKind::data) : 0;
}

}  // namespace nmsw::runners
