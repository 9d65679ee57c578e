#include "runners/commands/commands.h"
#include "runners/options/run_options.h"
#include "runners/options/verb_plan.h"

namespace nmsw::runners {

int run_command(const Arguments& arguments) {
  const auto options = parse_run_options(arguments);
  if (!options) return 0;
  // A wrong experiment is refused before LibTorch is loaded.
  const Plan plan = plan_for_verb(
      {options->experiment, options->set, options->only, options->device, options->cache});
  selected_keys(plan, options->only);
  continue_in_tensor_program("run", arguments);
}

}  // namespace nmsw::runners
