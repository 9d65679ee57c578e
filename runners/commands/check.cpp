#include <filesystem>
#include <iostream>

#include "nmsw/base/error.h"
#include "runners/commands/commands.h"
#include "runners/options/check_options.h"
#include "runners/options/verb_plan.h"

namespace nmsw::runners {

int check_command(const Arguments& arguments) {
  const auto options = parse_check_options(arguments);
  if (!options) return 0;
  if (std::filesystem::is_directory(options->target))
    continue_in_tensor_program("check", arguments);
  const std::string ending = options->target.extension().string();
  if (!std::filesystem::exists(options->target) && ending != ".yaml" && ending != ".yml") {
    throw DataError(
        "{}: no such file or folder; give an experiment (.yaml) or the folder of a data set",
        options->target.string());
  }
  const Plan plan = plan_for_verb({options->target, options->set, {}, "auto", options->cache});
  if (!plan.files.empty()) continue_in_tensor_program("check", arguments);
  print_notes(std::cout, plan);
  std::cout << options->target.string() << ": correct, " << plan.tasks.size() << " tasks\n";
  return 0;
}

}  // namespace nmsw::runners
