#include "runners/tasks/task_context.h"

#include <filesystem>
#include <fstream>
#include <set>
#include <system_error>

#include "nmsw/tensor/device_arithmetic.h"

namespace nmsw::runners {

namespace {

namespace fs = std::filesystem;

/// What follows the colon in the first line that begins with `key`; empty without one.
std::string value_in(const fs::path& file, const std::string& key) {
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind(key, 0) != 0) continue;
    const size_t begin = line.find_first_not_of(" \t", line.find(':') + 1);
    return begin == std::string::npos ? "" : line.substr(begin);
  }
  return "";
}

/// "NVIDIA H200", and its number; "CUDA device" where the driver does not tell, or where cards
/// differ, because the driver counts them in another order than CUDA.
std::string gpu_name(const torch::Device& device) {
  std::set<std::string> models;
  std::error_code none;
  for (const fs::directory_entry& card : fs::directory_iterator("/proc/driver/nvidia/gpus", none)) {
    models.insert(value_in(card.path() / "information", "Model"));
  }
  const std::string model = models.size() == 1 ? *models.begin() : "";
  return (model.empty() ? "CUDA device" : model) + " " + std::to_string(device.index());
}

}  // namespace

TaskOutcome run_task(const results::TaskRecord& task, const TaskContext& context) {
  if (task.kind == "train") return run_train_task(task, context);
  if (task.kind == "evaluate") return run_evaluate_task(task, context);
  if (task.kind == "profile") return run_profile_task(task, context);
  throw ConfigError("task {}: the kind '{}' is unknown to this version; update the program",
                    task.key, task.kind);
}

std::string task_title(const results::TaskRecord& task) {
  std::string title = task.kind;
  for (const std::string& word : {task.dataset, task.backbone,
                                  task.kind == "train" ? task.scheme : task.method, task.variant}) {
    if (!word.empty()) title += " " + word;
  }
  if (!task.k.empty()) title += " k=" + task.k;
  title += " seed " + std::to_string(task.seed);
  return task.fold == results::kNoFold ? title : title + " fold " + std::to_string(task.fold);
}

void add_peaks(const PeakBytes& measured, int64_t predicted, const std::string& k,
               const torch::Device& device, results::TaskResult& result) {
  result.peak_memory.push_back({"host", measured.host, device.is_cuda() ? 0 : predicted, k});
  if (device.is_cuda()) result.peak_memory.push_back({"cuda", measured.device, predicted, k});
}

std::string extent_text(Int3 extent) {
  return fmt::format("{}x{}x{}", extent[0], extent[1], extent[2]);
}

std::string hardware_name(const torch::Device& device) {
  std::string name = value_in("/proc/cpuinfo", "model name");
  name = (name.empty() ? "CPU" : name) + ", " + std::to_string(at::get_num_threads()) + " threads";
  if (!device.is_cuda()) return name;
  // Other arithmetic takes other times.
  const DeviceArithmetic arithmetic = arithmetic_in_use();
  return gpu_name(device) + (arithmetic.tf32 ? "" : " without TF32") +
         (arithmetic.deterministic ? " deterministic" : "") + ", " + name;
}

}  // namespace nmsw::runners
