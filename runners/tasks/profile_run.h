#pragma once

#include <map>
#include <string>

#include "nmsw/profiling/stopwatch.h"
#include "runners/planning/forecast/prediction.h"
#include "runners/planning/tasks/task_specs.h"

namespace nmsw::runners {

/// One method at one k: the closed forms and, where asked for, what was measured.
struct ProfileResult {
  std::string k;
  PassPrediction prediction;
  std::map<std::string, TimeSummary> stages;  ///< "total" among them; empty without timing
  int64_t peak_bytes = 0;                     ///< of the host
  int64_t device_peak_bytes = 0;              ///< of a CUDA device; 0 on the CPU
};

/// Runs the method on noise with fresh weights, once for each k.
std::vector<ProfileResult> profile_method(const ProfileSpec& spec, const torch::Device& device);

}  // namespace nmsw::runners
