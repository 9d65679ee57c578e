#pragma once

#include <filesystem>

#include "results/store.h"
#include "runners/planning/plan/plan.h"

namespace nmsw::runners {

/// Stores the plan. What an older version of the program has finished is found under its tasks'
/// keys of today before, and what nothing asks for any more is said on stderr.
///
/// experiment   its file
/// runs         folder of checkpoints
/// cache        folder of prepared cases, beside which the digests of files are kept
void store_plan(results::ResultStore& store, const Plan& plan,
                const std::filesystem::path& experiment, const std::filesystem::path& runs,
                const std::filesystem::path& cache);

}  // namespace nmsw::runners
