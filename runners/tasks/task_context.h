#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>

#include "nmsw/base/interruption.h"
#include "nmsw/tensor/tensor.h"
#include "nmsw/training/progress.h"
#include "results/records.h"

namespace nmsw::runners {

/// What a task gets from whoever executes it.
struct TaskContext {
  std::filesystem::path runs;
  /// What this attempt writes, and nobody else: runs/<task>/<attempt>.
  std::filesystem::path folder;
  std::filesystem::path cache;
  torch::Device device = torch::kCPU;
  ProgressStyle progress = ProgressStyle::silent;
  StopRequest stop = [] { return false; };
  /// Told now and then how far the task is: share of the whole, and words.
  std::function<void(double, const std::string&)> report = [](double, const std::string&) {};
  /// Told every epoch of a training as it ends; of a training that goes on, first those before.
  std::function<void(const results::EpochLog&)> epoch_done = [](const results::EpochLog&) {};
  /// Checkpoint of a finished training.
  std::function<std::filesystem::path(const std::string& task_key)> checkpoint_of;
};

/// What a task found, and what it ran on.
struct TaskOutcome {
  results::TaskResult result;
  std::string data_sha;
};

TaskOutcome run_train_task(const results::TaskRecord& task, const TaskContext& context);
TaskOutcome run_evaluate_task(const results::TaskRecord& task, const TaskContext& context);
TaskOutcome run_profile_task(const results::TaskRecord& task, const TaskContext& context);

/// Runs a task of any kind. Throws what the task throws; ConfigError for an unknown kind.
TaskOutcome run_task(const results::TaskRecord& task, const TaskContext& context);

/// "train word unet local": how messages and the progress name a task.
std::string task_title(const results::TaskRecord& task);

/// Memory at most: of the host, and of the task's device if that is another.
struct PeakBytes {
  int64_t host = 0;
  int64_t device = 0;
};
/// Stores them; the prediction is of where the networks are.
void add_peaks(const PeakBytes& measured, int64_t predicted, const std::string& k,
               const torch::Device& device, results::TaskResult& result);

/// Name of the processor, and of the device where it is another.
std::string hardware_name(const torch::Device& device);

/// "XxYxZ", as the database has extents.
std::string extent_text(Int3 extent_xyz);

}  // namespace nmsw::runners
