#pragma once

#include <string>
#include <vector>

#include "results/store.h"
#include "runners/options/worker_process.h"
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
/// (unless asked to). Throws Interrupted, or StorageFull where a disk is full, after giving its task
/// back.
int64_t work(const WorkerRequest& request);

/// stop_requested becomes true with SIGINT, SIGTERM or SIGHUP. A second SIGINT ends the process at
/// once, with code 130.
void install_signal_handlers();
bool stop_requested();

/// Options of a store whose waits for other programs end when a stop is requested.
results::StoreOptions interruptible_store();

}  // namespace nmsw::runners
