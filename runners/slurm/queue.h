#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace nmsw::runners {

/// A task of a job array in Slurm's queue, or a job of its own (index -1).
struct QueuedTask {
  std::string job;  // the array's
  int64_t index = -1;
  std::string state;   // PENDING, RUNNING, … as squeue says
  std::string reason;  // why it waits
  std::string node;
};

/// Whether Slurm still has it to run or is running it.
bool is_active(const QueuedTask& task);

/// The indices of "0-3,7,10-20:2%4". Throws DataError for anything else.
std::vector<int64_t> array_indices(const std::string& list);

/// What `squeue -o kQueueFormat` printed. Lines that are no task's are left out.
inline constexpr const char* kQueueFormat = "%F|%K|%T|%r|%N";
std::vector<QueuedTask> parse_queue(const std::string& output);

/// The jobs of these ids, in one query; ended ones while Slurm remembers them. Nothing where there
/// are no ids. Throws what run_slurm throws, and DataError where squeue fails.
std::vector<QueuedTask> ask_queue(const std::vector<std::string>& jobs);

/// MaxArraySize of `scontrol show config`: indices lie below it. 1001, Slurm's default, where the
/// text does not say.
int64_t parse_max_array_size(const std::string& configuration);

/// Slurm's durations: "30" minutes, "30:15", "4:00:00", "2-0", "1-12:30", "1-2:03:04". Seconds.
/// Throws ConfigError for anything else.
int64_t parse_slurm_time(const std::string& text);
/// "1-02:03:00": rounded up to a minute.
std::string slurm_time(int64_t seconds);

/// "500M", "16G", "2000" (MiB). Bytes. Throws ConfigError for anything else.
int64_t parse_slurm_memory(const std::string& text);
/// In MiB, rounded up.
std::string slurm_memory(int64_t bytes);

}  // namespace nmsw::runners
