#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "results/records.h"

namespace nmsw::runners {

/// What a task asks the cluster for. 0: nothing is said, the cluster's default holds.
struct Needs {
  bool gpu = false;
  int64_t memory_bytes = 0;
  int64_t time_s = 0;

  bool operator==(const Needs& other) const {
    return gpu == other.gpu && memory_bytes == other.memory_bytes && time_s == other.time_s;
  }
};

/// An element of an array of this submission, or all of it (element -1).
struct ArrayElement {
  size_t array = 0;
  int64_t element = -1;
};

/// Tasks that are submitted together; the index in `tasks` is the one in the array.
///
/// after        what must have ended, whichever way, before any of them starts: of this submission
/// after_jobs   the same, of jobs that are in the queue already ("123_4")
/// parallel     how many may run at the same time; 0: no limit
struct JobArray {
  Needs needs;
  int64_t level = 0;
  std::vector<const results::TaskRecord*> tasks;
  std::vector<ArrayElement> after;
  std::vector<std::string> after_jobs;
  int64_t parallel = 0;
};

/// max_size       of an array: Slurm's MaxArraySize
/// max_parallel   tasks that may run at the same time, of all arrays together; 0: no limit
/// most_arrays    above which tasks that wait for different trainings share an array
struct ArrayLimits {
  int64_t max_size = 1001;
  int64_t max_parallel = 0;
  size_t most_arrays = 64;
};

/// Groups tasks into arrays by what they need and what they wait for, so that an evaluation starts
/// when its own trainings have ended; with a limit of parallel tasks, or where there would be too
/// many arrays, by what they need and how many tasks must come before. In an array the longest task
/// comes first.
///
/// tasks    in a plan's order: what a task depends on stands before it
/// active   tasks that are in the queue already, with the job ("123_4") of each
std::vector<JobArray> job_arrays(const std::vector<const results::TaskRecord*>& tasks,
                                 const std::map<std::string, std::string>& active,
                                 const std::function<Needs(const results::TaskRecord&)>& needs_of,
                                 const ArrayLimits& limits);

}  // namespace nmsw::runners
