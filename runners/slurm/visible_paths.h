#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "runners/planning/plan/plan.h"
#include "runners/slurm/slurm_options.h"

namespace nmsw::runners {

/// The words for srun that print each of these paths that a node does not see.
std::vector<std::string> visibility_words(const SlurmOptions& options,
                                          const std::vector<std::string>& paths);

/// Asks one node, before thousands of jobs fail for the same reason, whether it sees the program,
/// the experiment, the data and the folders of the results. Where no node is free within seconds a
/// note says that nothing was checked. Throws ConfigError naming what a node does not see.
///
/// program         the `nmsw` that runs in the jobs
/// cluster_folder  of the database; made here where it is not there yet
void require_visible(const SlurmOptions& options, const Plan& plan,
                     const std::filesystem::path& program,
                     const std::filesystem::path& cluster_folder);

}  // namespace nmsw::runners
