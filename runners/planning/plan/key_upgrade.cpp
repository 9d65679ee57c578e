#include "runners/planning/plan/key_upgrade.h"

#include <map>

#include "nmsw/base/error.h"
#include "runners/planning/tasks/stored_tasks.h"
#include "runners/planning/tasks/task_specs.h"

namespace nmsw::runners {
namespace {

namespace fs = std::filesystem;

void rename_folder(const fs::path& from, const fs::path& to) {
  std::error_code error;
  if (!fs::is_directory(from, error) || fs::exists(to, error)) return;
  fs::rename(from, to, error);
  if (error) {
    throw DataError("{}: cannot be renamed to {} ({}); check the permissions of its folder",
                    from.string(), to.string(), error.message());
  }
}

}  // namespace

int upgrade_keys(results::ResultStore& store, const std::vector<std::string>& settled,
                 const fs::path& runs, datasets::FileDigests& digests) {
  const StoredTasks stored = stored_tasks_of(store);
  const auto changes = due_changes(new_keys(stored, settled, digests), stored.states);
  if (changes.empty()) return 0;
  std::map<std::string, const results::TaskState*> states;
  for (const results::TaskState& state : stored.states) states[state.task.key] = &state;
  for (const results::NewKey& change : changes) {
    const results::TaskState& state = *states.at(change.old_key);
    if (state.state != "running") continue;
    throw DataError(
        "{}: an older version of the program ({}) works on task {} of this database; stop it, or "
        "wait "
        "until it has ended (one that was killed: {:.0f} s, the rest of its lease), and run again",
        store.file().string(), state.worker, state.task.key.substr(0, kFolderDigits),
        state.lease_until_s - store.now_s());
  }
  for (const results::NewKey& change : changes) {
    if (states.at(change.old_key)->state == "done") continue;
    rename_folder(runs / change.old_key.substr(0, kFolderDigits),
                  runs / change.key.substr(0, kFolderDigits));
  }
  return store.change_keys(changes);
}

}  // namespace nmsw::runners
