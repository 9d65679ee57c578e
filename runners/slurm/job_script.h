#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "runners/slurm/job_arrays.h"
#include "runners/slurm/slurm_options.h"

namespace nmsw::runners {

/// What the scripts of a submission have in common.
///
/// program      the `nmsw` that runs in the jobs
/// place        the folder they run in
/// submission   their own folder
/// excluded     nodes that lost an attempt
struct ScriptSetting {
  std::filesystem::path program;
  std::filesystem::path place;
  std::filesystem::path submission;
  std::string experiment;
  std::vector<std::string> excluded;
};

/// A word for a POSIX shell, quoted where it must be.
std::string shell_word(const std::string& word);

/// The script of the array of this number, counted from 1.
std::string array_script(const SlurmOptions& options, const ScriptSetting& setting,
                         const JobArray& array, size_t number);

/// The script of the job that follows all of them.
std::string merge_script(const SlurmOptions& options, const ScriptSetting& setting);

}  // namespace nmsw::runners
