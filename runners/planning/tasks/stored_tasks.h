#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "datasets/layouts/file_digests.h"
#include "results/records.h"
#include "results/store.h"

namespace nmsw::runners {

struct Plan;

/// All tasks of a database, and by key the digest of the data that a finished one has seen.
struct StoredTasks {
  std::vector<results::TaskState> states;
  std::map<std::string, std::string> data_sha;
};
StoredTasks stored_tasks_of(const results::ResultStore& store);

/// The stored tasks whose key is not the one that this version makes of their configuration, with
/// that key: a key of an older version, or a fingerprint of names and sizes where this one takes
/// the files' contents (if the files are there with those names and sizes, and a finished run of the
/// task has seen the same contents; otherwise the task is left alone). A task whose configuration this version cannot read is left alone, and so is one of
/// `settled`, the keys that are known to be right.
std::vector<results::NewKey> new_keys(const StoredTasks& stored,
                                      const std::vector<std::string>& settled,
                                      datasets::FileDigests& digests);

/// The changes of `new_keys` that are still to be made: a task stays where a finished one has its
/// key already.
std::vector<results::NewKey> due_changes(const std::vector<results::NewKey>& changes,
                                         const std::vector<results::TaskState>& stored);

/// What a stored task is known by (identity.h); nothing where this version cannot read it.
std::optional<nlohmann::json> stored_identity(const results::TaskRecord& task);

/// Says how many finished tasks that the experiment lists its plan asks for no more, and why: a
/// line a reason. Tasks of data sets that the plan leaves out are asked for still.
///
/// listed   the experiment's tasks in the database, before the plan is stored
std::vector<std::string> unclaimed_notes(const Plan& plan,
                                         const std::vector<results::TaskState>& listed);

}  // namespace nmsw::runners
