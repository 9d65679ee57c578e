#pragma once

#include <string>

#include "results/records.h"

namespace nmsw::runners {

/// Why nobody works on a running task any more: its lease is over, or its process (of this host) is
/// gone. Empty: somebody does. now_s: seconds since 1970; gone: what worker_is_gone says.
std::string loss_of(const results::TaskState& state, double now_s, bool gone);

/// What `nmsw status` says of a running or lost task, since when, and where its curve stands; lines
/// of two blanks or more, each with its end. loss: as above.
std::string running_lines(const results::TaskState& state, double now_s, const std::string& loss);

/// Of a failed task: its message, and the file of its lines.
std::string failed_lines(const results::TaskState& state);

}  // namespace nmsw::runners
