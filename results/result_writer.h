#pragma once

#include "results/records.h"
#include "results/sqlite.h"

namespace nmsw::results {

/// The statements behind ResultStore::finish, whose contract stands there.
Written finish_task(Database& database, const Claim& claim, const RunRecord& run,
                    const TaskResult& result);

}  // namespace nmsw::results
