#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "runners/options/option_values.h"

namespace nmsw::runners {

/// What `nmsw slurm` was asked for. `words` are its arguments as they were given; `sbatch` those
/// after `--`, which go to sbatch as they stand. Empty partition, time, gres, mem and 0 cpus: not
/// said.
struct SlurmOptions {
  std::vector<std::string> words;
  std::filesystem::path experiment;
  std::filesystem::path database = kDefaultDatabase;
  std::filesystem::path cache = kDefaultCache;
  std::filesystem::path report = "report";
  std::vector<std::string> set;
  OnlyFilter only;
  std::vector<std::string> only_words;
  std::string device = "auto";
  std::string partition;
  std::string time;
  std::string gres;
  std::string mem;
  int64_t cpus = 0;
  int64_t max_parallel = 0;
  std::vector<std::string> setup;
  std::vector<std::string> sbatch;
  double save_s = 120;
  bool dry_run = false;
  /// What the merge job does: only tasks that were lost, and what waits for them.
  bool lost_only = false;

  bool wants_gpu() const { return gres.find("gpu") != std::string::npos; }
};

/// The words after the verb. Nothing when its help was asked for and printed. Throws ConfigError.
std::optional<SlurmOptions> parse_slurm_options(const std::vector<std::string>& arguments);

}  // namespace nmsw::runners
