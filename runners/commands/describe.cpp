#include <iostream>

#include "runners/commands/commands.h"
#include "runners/options/verb_parser.h"
#include "runners/planning/cells/key_reference.h"

namespace nmsw::runners {

int describe_command(const Arguments& arguments) {
  VerbParser parser({"describe", "describe",
                     "Prints every key of an experiment with default, range and meaning.",
                     "nmsw describe > experiments/README.md"});
  parser.positional("words", -1);
  if (!parser.parse(arguments)) return 0;
  if (parser.has("words")) parser.usage_error("it takes no words");
  std::cout << key_reference();
  return 0;
}

}  // namespace nmsw::runners
