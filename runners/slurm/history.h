#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "runners/slurm/cluster_folder.h"

namespace nmsw::runners {

/// Attempts that a task may lose before it is given up.
inline constexpr int64_t kMostLosses = 3;

/// Why an attempt without an end is gone, by what Slurm wrote to its log: timeout, out_of_memory,
/// preempted, cancelled, or node where it wrote nothing, as a machine that is gone does.
std::string cause_in_log(const std::string& log);

/// The line that a job writes to its log when an attempt begins, and the part of a log between that
/// line and the next attempt's.
std::string attempt_mark(const std::string& key, int64_t number);
std::string log_of_attempt(const std::string& log, const std::string& key, int64_t number);

/// What a task's earlier attempts teach, those since it was last given up.
///
/// losses      timeouts, out of memory, nodes and errors together; what was preempted or cancelled,
///             or has saved, is no loss
/// last        the cause of the last attempt's end: an AttemptEnd's, a cause_in_log, or empty where
///             there was none
/// bad_nodes   where an attempt vanished with its node
struct History {
  int64_t timeouts = 0;
  int64_t out_of_memory = 0;
  int64_t nodes = 0;
  int64_t errors = 0;
  std::string last;
  std::string last_message;
  std::set<std::string> bad_nodes;

  int64_t losses() const { return timeouts + out_of_memory + nodes + errors; }
  /// "3 attempts were lost: 2 ran out of memory, 1 …".
  std::string text() const;
};

/// Of the attempts at a task that is not in the queue now, so that one without an end has vanished.
/// but: an attempt's number that is left out (the caller's own); 0: none.
History history_of(const ClusterFolder& folder, const std::string& key, int64_t but = 0);

}  // namespace nmsw::runners
