#pragma once

#include "runners/tasks/networks.h"

namespace nmsw::runners {

/// A network as the YAML of `nmsw import` describes it. Throws ConfigError with file:line:column.
NetworkDescription describe_imported(const ConfigNode& root);

}  // namespace nmsw::runners
