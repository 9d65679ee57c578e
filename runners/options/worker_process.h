#pragma once

#include <string>

namespace nmsw::runners {

/// Name of this host; "unknown" where it has none.
std::string host_name();

/// "host:process" of a process of this host.
std::string worker_name(int process);

/// Whether a worker was a process of this host that is no longer there. Workers of other hosts
/// count as there: only their lease tells.
bool worker_is_gone(const std::string& worker);

}  // namespace nmsw::runners
