#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "results/store.h"
#include "runners/slurm/cluster_folder.h"

namespace nmsw::runners {

/// What folding took in.
///
/// results     tasks that are done now and were not
/// attempts    published files taken in, those that came second and failures included
/// failed      tasks that were given up, failed now
/// notes       what a reader should know: results that differ, files that cannot be read
/// damaged     how many of these
struct FoldReport {
  int64_t results = 0;
  int64_t attempts = 0;
  int64_t failed = 0;
  int64_t damaged = 0;
  std::vector<std::string> notes;
};

/// Takes what the jobs of a cluster have published into the database: of each task the result that
/// was published first, then others as superseded. What is there already is passed over, so that
/// folding twice is folding once. A file that cannot be read is told and left alone.
FoldReport fold(results::ResultStore& store, const ClusterFolder& folder);

/// Published files that the database does not have yet.
int64_t unfolded(const results::ResultStore& store, const ClusterFolder& folder);

}  // namespace nmsw::runners
