#include <iostream>

#include "runners/commands/commands.h"
#include "runners/commands/set_up.h"

namespace nmsw::runners {

int init_command(const Arguments& arguments) {
  const auto options = parse_init_options(arguments);
  if (!options) return 0;
  set_up(*options);
  std::cout << "next: nmsw plan " << options->experiment().string() << ", nmsw train "
            << options->root.string() << " --out " << options->out.string() << '\n';
  return 0;
}

}  // namespace nmsw::runners
