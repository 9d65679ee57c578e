#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "results/store.h"
#include "runners/planning/plan/plan.h"
#include "runners/slurm/cluster_folder.h"
#include "runners/slurm/history.h"
#include "runners/slurm/job_arrays.h"
#include "runners/slurm/slurm_options.h"

namespace nmsw::runners {

/// What of a plan is to be submitted, and why the rest is not.
///
/// tasks      in the plan's order
/// active     tasks that are in the queue, with the job ("123_4") of each
/// failed     failed before; `nmsw retry` makes them pending again
/// blocked    wait for one that failed
/// given_up   lost too often, with the reason
/// learned    history of each task that was tried
/// excluded   nodes that lost an attempt, sorted
struct Missing {
  std::vector<const results::TaskRecord*> tasks;
  std::map<std::string, std::string> active;
  int64_t done = 0;
  int64_t failed = 0;
  int64_t blocked = 0;
  std::map<std::string, std::string> given_up;
  std::map<std::string, History> learned;
  std::vector<std::string> excluded;
};

/// states      of the plan's tasks in the database ("done", "failed", …), by key
/// active      as above
/// lost_only   only tasks that were lost, and what waits for them
Missing missing_tasks(const Plan& plan, const std::vector<std::string>& keys,
                      const std::map<std::string, std::string>& states,
                      const std::map<std::string, std::string>& active, const ClusterFolder& folder,
                      bool lost_only);

/// What a task asks for: as the options say, else from its forecast; doubled for each time that it
/// ran out of memory or time.
Needs needs_of(const results::TaskRecord& task, const SlurmOptions& options,
               const History& history);

/// The tasks that Slurm has in its queue or runs, with the job of each. One query.
std::map<std::string, std::string> active_tasks(const ClusterFolder& folder);

/// `nmsw slurm`. Prints what it did; returns the exit code.
int submit(const SlurmOptions& options);

}  // namespace nmsw::runners
