#include "runners/tasks/stored_checkpoint.h"

#include "nmsw/base/digest.h"
#include "nmsw/base/error.h"
#include "runners/planning/tasks/task_specs.h"

namespace nmsw::runners {

std::filesystem::path stored_checkpoint(const results::ResultStore& store, const std::string& key) {
  for (const results::Artifact& artifact : store.artifacts(key)) {
    if (artifact.kind != "checkpoint") continue;
    const std::string task = key.substr(0, kFolderDigits);
    if (!std::filesystem::exists(artifact.path)) {
      throw DataError(
          "{}: the checkpoint of task {} is gone; restore the file from a copy, or take another "
          "--db and train again",
          artifact.path, task);
    }
    if (sha256_file(artifact.path) != artifact.sha256) {
      throw DataError(
          "{}: the checkpoint of task {} is not the file that was stored (another SHA-256); "
          "restore "
          "it from a copy, or take another --db and train again",
          artifact.path, task);
    }
    return artifact.path;
  }
  throw DataError("task {}: has no checkpoint in the database; run its experiment",
                  key.substr(0, kFolderDigits));
}

}  // namespace nmsw::runners
