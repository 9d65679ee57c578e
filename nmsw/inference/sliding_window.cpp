#include "nmsw/inference/sliding_window.h"

#include <algorithm>
#include <memory>

#include "nmsw/inference/logit_accumulator.h"
#include "nmsw/inference/stage_clock.h"
#include "nmsw/tensor/patch_grid.h"
#include "nmsw/tensor/patch_ops.h"

namespace nmsw {

namespace {

struct WindowPass {
  std::unique_ptr<LogitAccumulator> logits;
  PatchGrid grid;
  Int3 offset_dhw{0, 0, 0};
};

WindowPass pass_windows(const Tensor& volume, const PatchNetwork& network,
                        const SlidingWindowSettings& settings) {
  check_shape(volume, {1, kAnySize, kAnySize, kAnySize, kAnySize}, "volume");
  WindowPass pass;
  pass.grid = patch_grid(extent_dhw(volume), settings.patch_dhw, settings.overlap);
  const PaddedVolume padded = pad_centred(volume, pass.grid.padded_dhw);
  pass.offset_dhw = padded.offset_dhw;
  const Int3 patch = settings.patch_dhw;
  const Tensor importance = (settings.weights == WindowWeights::gaussian
                                 ? importance_map(patch, settings.sigma_scale)
                                 : torch::ones({patch[0], patch[1], patch[2]}))
                                .to(volume.options());
  const auto& starts = pass.grid.starts_dhw;
  const auto batch = static_cast<size_t>(std::max<int64_t>(1, settings.batch));
  for (size_t first = 0; first < starts.size(); first += batch) {
    const size_t last = std::min(starts.size(), first + batch);
    const std::vector<Int3> some(starts.begin() + static_cast<std::ptrdiff_t>(first),
                                 starts.begin() + static_cast<std::ptrdiff_t>(last));
    const Tensor logits = network(crop_batch(padded.volume, some, patch));
    if (!pass.logits) {
      pass.logits = std::make_unique<LogitAccumulator>(logits.size(1), pass.grid.padded_dhw, importance);
    }
    for (size_t i = 0; i < some.size(); ++i) {
      pass.logits->add(logits[static_cast<int64_t>(i)], some[i]);
    }
  }
  return pass;
}

}  // namespace

Tensor sliding_window_logits(const Tensor& volume, const PatchNetwork& network,
                             const SlidingWindowSettings& settings) {
  torch::NoGradGuard no_grad;
  const WindowPass pass = pass_windows(volume, network, settings);
  return crop(pass.logits->mean(), pass.offset_dhw, extent_dhw(volume)).contiguous();
}

SlidingWindow::SlidingWindow(BackbonePtr local, const SlidingWindowSettings& settings)
    : local_(std::move(local)), settings_(settings) {}

Segmentation SlidingWindow::segment(const Tensor& volume) {
  c10::InferenceMode inference;
  local_->eval();
  StageClock clock(volume.device());
  const WindowPass pass = pass_windows(
      volume, [this](const Tensor& patches) { return local_->forward(patches).logits; }, settings_);
  Segmentation result;
  result.stages.local = clock.lap();
  result.labels = crop(pass.logits->labels({}), pass.offset_dhw, extent_dhw(volume)).contiguous();
  result.stages.aggregate = clock.lap();
  for (int64_t n = 0; n < pass.grid.count(); ++n) {
    Int3 start = pass.grid.starts_dhw[static_cast<size_t>(n)];
    for (size_t axis = 0; axis < 3; ++axis) start[axis] -= pass.offset_dhw[axis];
    result.picks.push_back({n, n, 0.0, start, settings_.patch_dhw});
  }
  return result;
}

}  // namespace nmsw
