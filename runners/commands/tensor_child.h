#pragma once

#include <optional>
#include <string>

#include "runners/commands/commands.h"

namespace nmsw::runners {

/// Runs `nmsw-tensor` beside this program with these words and waits for it. Ctrl-C and SIGTERM stop
/// it as they would stop it alone. Returns its exit code (1 where a signal ended it). Throws
/// ConfigError if it is not there.
int run_tensor_program(const std::string& verb, const Arguments& arguments);

/// What it writes to its standard output; nothing where it is not there or does not succeed.
std::optional<std::string> output_of_tensor_program(const std::string& verb,
                                                    const Arguments& arguments);

}  // namespace nmsw::runners
