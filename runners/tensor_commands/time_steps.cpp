#include <algorithm>
#include <chrono>
#include <iostream>

#include "nmsw/base/seed.h"
#include "nmsw/tensor/device_arithmetic.h"
#include "nmsw/training/trainer.h"
#include "runners/options/time_steps_options.h"
#include "runners/options/verb_plan.h"
#include "runners/tasks/case_set.h"
#include "runners/tasks/networks.h"
#include "runners/tasks/training_scheme.h"
#include "runners/tensor_commands/tensor_commands.h"

namespace nmsw::runners {
namespace {

/// One case for every step, so that reading cases is not timed.
class OneCase final : public TrainingCases {
 public:
  explicit OneCase(std::shared_ptr<const TrainingCase> sample) : sample_(std::move(sample)) {}
  int64_t count() const override { return 1; }
  std::shared_ptr<const TrainingCase> get(int64_t /*index*/) override { return sample_; }

 private:
  std::shared_ptr<const TrainingCase> sample_;
};

class NoCase final : public TrainingCases {
 public:
  int64_t count() const override { return 0; }
  std::shared_ptr<const TrainingCase> get(int64_t /*index*/) override { return nullptr; }
};

/// Seconds of a step: the median of those after the first, with fresh weights.
double step_seconds(TrainSpec spec, OneCase& cases, const TimeStepsOptions& options,
                    const torch::Device& device) {
  const NetworkDescription description{spec.scheme, spec.networks, spec.model, spec.data,
                                       spec.overlap};
  const NetworkSet networks = build_networks(description, static_cast<uint64_t>(spec.seed));
  networks.trained(spec.scheme).to(device);
  const std::unique_ptr<Scheme> scheme = make_scheme(spec, networks, device);
  TrainerSettings settings;
  settings.training = spec.training;
  settings.device = device;
  settings.training.epochs = 1;
  settings.training.iterations_per_epoch = options.steps + 1;
  settings.tau_start = spec.model.tau_start;
  settings.tau_end = spec.model.tau_end;
  settings.seed = derive_seed(static_cast<uint64_t>(spec.seed), {"time-steps"});
  std::vector<std::chrono::steady_clock::time_point> ends;
  settings.progress = [&](int64_t, int64_t, int64_t, const std::string&) {
    ends.push_back(std::chrono::steady_clock::now());
  };
  NoCase no_validation;
  train(*scheme, cases, no_validation, settings);
  std::vector<double> seconds;
  for (size_t i = 1; i < ends.size(); ++i)
    seconds.push_back(std::chrono::duration<double>(ends[i] - ends[i - 1]).count());
  std::sort(seconds.begin(), seconds.end());
  return seconds.at(seconds.size() / 2);
}

}  // namespace

int time_steps_verb(const Words& arguments) {
  const auto options = parse_time_steps_options(arguments);
  if (!options) return 0;
  set_threads(0);
  const torch::Device device = resolve_device(options->device);
  use_arithmetic({}, device);
  const Plan plan = plan_for_verb({options->experiment, {}, {}, options->device, options->cache});
  nlohmann::ordered_json seconds = nlohmann::ordered_json::object();
  std::shared_ptr<OneCase> cases;
  for (const results::TaskRecord& task : plan.tasks) {
    if (task.kind != "train" || seconds.contains(task.scheme)) continue;
    const auto spec = read_config<TrainSpec>(ConfigNode::parse(task.config_json, task.key));
    if (!cases) {
      CaseSet all(spec.data, options->cache);
      cases = std::make_shared<OneCase>(SplitCases(all, datasets::Split::train).get(0));
    }
    seconds[task.scheme] = step_seconds(spec, *cases, *options, device);
  }
  std::cout << seconds.dump() << '\n';
  return 0;
}

}  // namespace nmsw::runners
