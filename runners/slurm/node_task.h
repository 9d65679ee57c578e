#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace nmsw::runners {

/// What Slurm tells a job about itself.
///
/// job           "123_4", as squeue and scontrol take it; empty outside of a job
/// index         in the array; negative outside of one
/// memory_bytes, threads   0: not said
struct JobPlace {
  std::string job;
  int64_t index = -1;
  std::string node;
  int64_t memory_bytes = 0;
  int64_t threads = 0;
};

/// From the environment of this process.
JobPlace job_place();

/// When the job ends, in seconds since 1970: SLURM_JOB_END_TIME, which older versions do not set,
/// else as squeue says; 0 where neither does.
double job_end_s(const JobPlace& place);

/// Whether a failure's words say that memory ran out.
bool is_out_of_memory(const std::string& message);
/// Whether they say that a disk went away or is full, which is no fault of the task.
bool is_storage_fault(const std::string& message);

/// Exit codes of a job besides those of the program: its trainings are not there; its time is too
/// short.
inline constexpr int kWaitsInVain = 5;
inline constexpr int kTooShort = 6;

/// What one job of an array does: works on the task of its index, in an attempt of its own, and
/// publishes the result. Asked to stop it saves and asks Slurm to put this array task back.
///
/// submission   the folder of the submission
/// list         name of the array's list in it
/// run          replaces the (child) process by `nmsw run` with these words
/// returns      the job's exit code
int run_node_task(const std::filesystem::path& submission, const std::string& list,
                  const std::function<void(const std::vector<std::string>& words)>& run);

}  // namespace nmsw::runners
