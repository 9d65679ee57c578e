#pragma once

#include <string>
#include <vector>

#include "runners/tasks/task_context.h"

namespace nmsw::runners {

enum class OnFailure { go_on, stop };

/// What one worker does: claims tasks of a list until none is left for it.
struct WorkerRequest {
  std::filesystem::path database;
  std::vector<std::string> keys;
  TaskContext context;
  OnFailure on_failure = OnFailure::go_on;
};

/// Returns the number of tasks it finished. A failed task is recorded and never stops the others
/// (unless asked to). Throws Interrupted after giving its task back.
int64_t work(const WorkerRequest& request);

/// "host:process"; and whether that process of this host is gone.
std::string worker_name();
bool worker_is_gone(const std::string& worker);

/// Becomes true with SIGINT or SIGTERM.
void install_signal_handlers();
bool stop_requested();

}  // namespace nmsw::runners
