#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "results/store.h"

namespace nmsw::results {

/// What a merge did. A conflict line names a task that both sides finished with different scores,
/// and the first difference; the result that was there first is kept.
struct MergeReport {
  int64_t tasks_added = 0;
  int64_t results_added = 0;
  std::vector<std::string> conflicts;
};

/// Folds the databases of several machines into one, each input in one transaction. The inputs are
/// only read; done twice, the second merge adds nothing.
///
/// throws   ConfigError if an input is the output itself or newer than the program; DataError if
///          one is unreadable
MergeReport merge(ResultStore& out, const std::vector<std::filesystem::path>& inputs);

}  // namespace nmsw::results
