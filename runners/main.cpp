#include <unistd.h>

#include <algorithm>
#include <iostream>

#include "nmsw/base/build_commit.h"
#include "nmsw/base/error.h"
#include "runners/commands/commands.h"
#include "runners/options/run_program.h"
#include "runners/options/stop_signals.h"
#include "runners/planning/experiment/names.h"

namespace nmsw::runners {

const std::vector<Command>& command_table() {
  static const std::vector<Command> table{
      {"init", "a descriptor and an experiment for a folder of data", init_command},
      {"train", "init where it is not done yet, then run", train_command},
      {"run", "plan and execute an experiment; run again, it continues", run_command},
      {"slurm", "submit an experiment to a Slurm cluster; again, what is missing", slurm_command},
      {"cancel", "end what of a database is in Slurm's queue", cancel_command},
      {"plan", "the tasks of an experiment, without running them", plan_command},
      {"check", "validate an experiment or the files of a data set", check_command},
      {"status", "progress of a database", status_command},
      {"retry", "make failed tasks pending again", retry_command},
      {"merge", "fold the databases of several machines into one", merge_command},
      {"report", "tables and figures", report_command},
      {"query", "ask the database", query_command},
      {"predict", "segment scans", predict_command},
      {"show", "what a checkpoint holds, and its scores", show_command},
      {"view", "a case as a page to look at, with its predictions", view_command},
      {"metrics", "score a label map", metrics_command},
      {"profile", "MACs, parameters, memory and time of a method", profile_command},
      {"bench", "the project's kernels against LibTorch alone", bench_command},
      {"estimators", "bias and noise of the samplers' gradients", estimators_command},
      {"import", "weights with the reference key names into a checkpoint", import_command},
      {"phantom", "write labelled CT-like volumes", phantom_command},
      {"list", "catalogs: backbones, methods, datasets, layouts, metrics, sections, queries",
       list_command},
      {"describe", "every YAML key with default, range and meaning", describe_command},
      {"doctor", "the machine, versions, devices, one forward pass", doctor_command},
      {"slurm-task", "what a job of 'slurm' runs: one task", slurm_task_command},
      {"slurm-merge", "what its last job runs: folds the results", slurm_merge_command},
  };
  return table;
}

namespace {

constexpr const char* kVersion = "0.1.0";

void print_help() {
  std::cout << "nmsw VERB [options]: training and inference without a sliding window\n\nVerbs:\n";
  for (const Command& command : command_table())
    std::cout << fmt::format("  {:<12}{}\n", command.verb, command.summary);
  std::cout << "\n'nmsw VERB --help' prints a verb's options, 'nmsw --version' the version.\n"
               "Exit codes: 0 done, 1 a bug, 2 configuration or usage, 3 data, 4 some tasks "
               "failed, 130 interrupted.\n\n"
               "Example:\n  nmsw run experiments/reproduce.yaml && nmsw report\n";
}

int execute(const Arguments& words) {
  const std::string verb = words.empty() ? "--help" : words.front();
  if (verb == "--help" || verb == "-h" || verb == "help") {
    print_help();
    return words.empty() ? 2 : 0;
  }
  if (verb == "--version") {
    const BuildCommit built = build_commit();
    std::cout << "nmsw " << kVersion;
    if (!built.commit.empty())
      std::cout << " (" << built.commit.substr(0, 12) << (built.dirty ? ", changed" : "") << ')';
    std::cout << '\n';
    return 0;
  }
  std::vector<std::string> verbs;
  for (const Command& command : command_table()) {
    if (command.verb == verb) return command.execute(Arguments(words.begin() + 1, words.end()));
    verbs.emplace_back(command.verb);
  }
  throw ConfigError("'{}' is no verb; {}", verb, choice_hint(verb, verbs));
}

}  // namespace
}  // namespace nmsw::runners

int main(int argc, char** argv) {
  nmsw::runners::handle_stop_signals([](int) { _exit(nmsw::runners::kInterruptedCode); });
  return nmsw::runners::run_program([&] {
    return nmsw::runners::execute({argv + std::min(argc, 1), argv + argc});
  });
}
