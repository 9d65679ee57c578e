#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "results/store.h"
#include "runners/slurm/cluster_folder.h"
#include "runners/slurm/queue.h"

namespace nmsw::runners {

/// The jobs of every submission that sbatch took, merge jobs included.
std::vector<std::string> submitted_jobs(const ClusterFolder& folder);

/// "2 running (n1, n2), 5 pending (3 Dependency, 2 Resources)".
std::string queue_text(const std::vector<QueuedTask>& queue);

/// "used of what was requested: time 12 % …": medians over the attempts that have ended well, and
/// the largest; empty where none has.
std::string usage_text(const std::vector<Attempt>& attempts);

/// What `nmsw status` says of a cluster: the queue, what is published and not folded yet, lost
/// attempts with their nodes, requested against used time and memory. Empty where nothing was
/// submitted. Slurm is asked once; where it cannot be, the line says so and the rest is as right.
std::vector<std::string> cluster_lines(const results::ResultStore& store,
                                       const ClusterFolder& folder);

/// Ends them; returns how many tasks and jobs were in the queue.
int64_t cancel_jobs(const ClusterFolder& folder);

}  // namespace nmsw::runners
