#include "runners/tasks/task_context.h"

#include <fstream>

namespace nmsw::runners {

TaskOutcome run_task(const results::TaskRecord& task, const TaskContext& context) {
  if (task.kind == "train") return run_train_task(task, context);
  if (task.kind == "evaluate") return run_evaluate_task(task, context);
  if (task.kind == "profile") return run_profile_task(task, context);
  throw ConfigError("task {}: the kind '{}' is unknown to this version; update the program", task.key, task.kind);
}

std::string task_title(const results::TaskRecord& task) {
  std::string title = task.kind;
  for (const std::string& word : {task.dataset, task.backbone, task.kind == "train" ? task.scheme : task.method, task.variant}) {
    if (!word.empty()) title += " " + word;
  }
  if (!task.k.empty()) title += " k=" + task.k;
  return title + " seed " + std::to_string(task.seed);
}

std::string hardware_name(const torch::Device& device) {
  std::string name = "CPU";
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (line.rfind("model name", 0) == 0) {
      name = line.substr(line.find(':') + 2);
      break;
    }
  }
  name += ", " + std::to_string(at::get_num_threads()) + " threads";
  return device.is_cuda() ? "CUDA device " + std::to_string(device.index()) + ", " + name : name;
}

}  // namespace nmsw::runners
