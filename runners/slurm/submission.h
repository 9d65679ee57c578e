#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "runners/slurm/cluster_folder.h"
#include "runners/slurm/job_arrays.h"
#include "runners/slurm/slurm_options.h"

namespace nmsw::runners {

/// What a job must know of the call of `nmsw slurm` that submitted it. Paths are absolute.
///
/// experiment_sha   SHA-256 of the experiment's file: the keys of its tasks are those of this text
/// words, place     the call itself: its arguments, and the folder it was made in
struct Submission {
  std::filesystem::path experiment;
  std::string experiment_sha;
  std::string name;
  std::vector<std::string> words;
  std::filesystem::path place;
  std::filesystem::path database;
  std::filesystem::path cache;
  std::vector<std::string> set;
  std::string device;
  double save_s = 120;
};

/// Of a call, made now in the current folder.
Submission submission_of(const SlurmOptions& options, const std::string& name);

void write_submission(const std::filesystem::path& folder, const Submission& submission);
/// Throws DataError where the folder holds none.
Submission read_submission(const std::filesystem::path& folder);

/// A line of an array's list: what the array's task of that index works on.
struct ListedTask {
  std::string key;
  std::string kind;
  double predicted_s = 0;
  std::vector<std::string> depends_on;
};

std::string task_list_text(const JobArray& array);
/// Throws DataError for a list that is not there or damaged.
std::vector<ListedTask> read_task_list(const std::filesystem::path& file);

/// The files of the array of this number, counted from 1: "array_1.sh" and so on.
std::string array_file(size_t number, const std::string& ending);

/// "123" of what `sbatch --parsable` printed: "123" or "123;cluster". Throws DataError.
std::string parse_job_id(const std::string& output);

/// The jobs of a submission that sbatch took.
///
/// arrays   job of each array's list
/// merge    the merge job; empty where it was not reached
struct SubmittedJobs {
  std::map<std::string, std::vector<ListedTask>> arrays;
  std::string merge;
};
SubmittedJobs jobs_of(const std::filesystem::path& submission);

}  // namespace nmsw::runners
