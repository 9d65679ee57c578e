#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "results/records.h"
#include "results/sqlite.h"

namespace nmsw::results {

/// The statements behind ResultStore's queue operations, whose contracts stand there. now_s:
/// seconds since 1970.

void add_experiment(Database& database, const std::string& name, const std::string& config_text,
                    const std::string& config_sha, double now_s);
void add_part_of_experiment(Database& database, const std::string& name,
                            const std::string& config_text, const ExperimentPart& part,
                            double now_s);
void add_tasks(Database& database, const std::vector<TaskRecord>& tasks);

struct ClaimRequest {
  std::string worker;
  double lease_s = 0;
  double now_s = 0;
  std::vector<std::string> keys;
};
std::optional<Claim> claim_task(Database& database, const ClaimRequest& request);

Written extend_lease(Database& database, const Claim& claim, double lease_until_s);
Written report_progress(Database& database, const Claim& claim, double fraction,
                        const std::string& text);
Written fail_task(Database& database, const Claim& claim, const RunRecord& run,
                  const std::string& error);
Written release_task(Database& database, const Claim& claim, double now_s);
int release_lost(Database& database, const std::function<bool(const std::string&)>& is_gone,
                 double now_s);
int retry_failed(Database& database, const std::string& experiment);

/// True while the claim's attempt is the running one. Only inside a transaction does that stay so.
bool is_current(Database& database, const Claim& claim);

/// Ends the claim's run in the given state, with what the record says about it. The task itself is
/// left alone.
void close_run(Database& database, const Claim& claim, const RunRecord& run,
               const std::string& state, const std::string& error);

/// The values of k that a task's `k` lists: {""} for none, {"5","30","full"} for "5,30,full".
std::vector<std::string> listed_k(const std::string& k);

/// ISO 8601 in UTC with milliseconds, e.g. 2026-11-23T10:54:35.120Z.
std::string iso_time(double seconds);

}  // namespace nmsw::results
