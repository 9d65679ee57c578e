#pragma once

#include "runners/options/init_options.h"

namespace nmsw::runners {

/// Looks at the data, times a training step and writes the descriptor and the experiment; says on
/// stdout what was decided. Throws ConfigError, before it looks, where a file is there already and
/// is not to be replaced, and what make_setup throws.
void set_up(const InitOptions& options);

}  // namespace nmsw::runners
