#pragma once

#include <string>
#include <vector>

namespace nmsw::runners {

/// What one of Slurm's programs answered.
struct ProgramAnswer {
  int code = 0;
  std::string out;
  std::string err;
};

/// The environment for Slurm's programs, as NAME=value: this process's without what a job around it
/// was given (SLURM_*, the devices it may see), which sbatch would take for options of the new job.
/// What says where the cluster is stays (SLURM_CONF, SLURM_CLUSTERS, SLURM_JWT).
std::vector<std::string> outer_environment(const std::vector<std::string>& own);

/// Runs sbatch, squeue, scontrol or scancel, found by PATH, and waits for it. Times of day are
/// printed as seconds since 1970, lists of array indices in full. Throws ConfigError where the
/// program is not there.
ProgramAnswer run_slurm(const std::vector<std::string>& words);

/// The same; throws DataError with Slurm's own message where it does not succeed.
std::string slurm_output(const std::vector<std::string>& words);

}  // namespace nmsw::runners
