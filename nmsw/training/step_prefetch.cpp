#include "nmsw/training/step_prefetch.h"

#include <omp.h>

#include <ATen/Parallel.h>

#include <algorithm>
#include <thread>

#include "nmsw/config/training_memory.h"
#include "nmsw/training/augment.h"

namespace nmsw {
namespace {

uint64_t step_seed(uint64_t root, const char* purpose, int64_t epoch, int64_t iteration) {
  return derive_seed(root, {purpose, std::to_string(epoch), std::to_string(iteration)});
}

int64_t bytes_of(const StepInput& input) {
  int64_t bytes = 0;
  for (const Tensor& tensor : {input.image, input.label, input.noise}) {
    if (tensor.defined()) bytes += static_cast<int64_t>(tensor.nbytes());
  }
  return bytes;
}

PrefetchLimits limits_of(const TrainerSettings& settings) {
  const auto cores = static_cast<int64_t>(std::thread::hardware_concurrency());
  const int64_t spare = settings.device.is_cuda() ? cores - 1 : cores / kCpuCoresPerDataWorker;
  const int64_t workers =
      settings.training.data_workers.value_or(std::clamp<int64_t>(spare, 1, kMostDataWorkers));
  return {workers, 2 * workers + 1, kPrefetchBytes};
}

/// The cores belong to the steps that are computed meanwhile.
void use_one_thread() {
  at::get_num_threads();  // LibTorch would set this thread's number at its first use
  omp_set_num_threads(1);
}

}  // namespace

StepPrefetch::StepPrefetch(const Scheme& scheme, TrainingCases& cases,
                           const TrainerSettings& settings, int64_t first)
    : scheme_(scheme),
      cases_(cases),
      settings_(settings),
      inputs_(
          first, settings.training.epochs * settings.training.iterations_per_epoch,
          [this](int64_t step) { return input_of(step); }, bytes_of, limits_of(settings),
          use_one_thread, settings.now) {}

StepInput StepPrefetch::input_of(int64_t step) const {
  const torch::NoGradGuard no_grad;
  const TrainingConfig& config = settings_.training;
  const int64_t epoch = step / config.iterations_per_epoch;
  const int64_t iteration = step % config.iterations_per_epoch;
  uint64_t state = step_seed(settings_.seed, "step", epoch, iteration);
  std::shared_ptr<const TrainingCase> sample = cases_.get(next_index(state, cases_.count()));
  if (config.augmentation != Augmentation::none) {
    const AugmentationDraw draw =
        draw_augmentation(config.augmentation, config.augmentation_translation_scale,
                          step_seed(settings_.seed, "augmentation", epoch, iteration));
    sample = std::make_shared<const TrainingCase>(augment(*sample, draw));
  }
  StepInput input = scheme_.prepare(*sample, next_random(state));
  input.progress = static_cast<double>(epoch) / static_cast<double>(config.epochs);
  if (settings_.device.is_cuda()) {
    for (Tensor* tensor : {&input.image, &input.label, &input.noise}) {
      if (tensor->defined()) *tensor = tensor->pin_memory();
    }
  }
  return input;
}

}  // namespace nmsw
