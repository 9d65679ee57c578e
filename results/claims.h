#pragma once

#include <functional>
#include <string>

#include "results/records.h"
#include "results/sqlite.h"

namespace nmsw::results {

/// What several parts of ResultStore do with a claim. Inside a transaction of the caller.

/// Runs `UPDATE task SET <assignment>` for the claim's task if the claim still holds it. In the
/// assignment `?1` is the key, `?2` the attempt; `bind_rest` binds `?3` and what follows.
Written change_claimed(Database& database, const Claim& claim, const std::string& assignment,
                       const std::function<void(Statement&)>& bind_rest = {});

/// True while the claim's attempt is the running one.
bool is_current(Database& database, const Claim& claim);

/// Ends the claim's run in the given state, with what the record says about it. The task itself is
/// left alone.
void close_run(Database& database, const Claim& claim, const RunRecord& run,
               const std::string& state, const std::string& error);

/// The record with an end: now where it has none.
RunRecord with_end(RunRecord run, double now_s);

}  // namespace nmsw::results
