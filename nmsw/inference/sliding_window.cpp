#include "nmsw/inference/sliding_window.h"

#include <algorithm>
#include <memory>
#include <numeric>

#include "nmsw/inference/ranked_pass.h"
#include "nmsw/inference/slab_accumulator.h"
#include "nmsw/tensor/patch_ops.h"

namespace nmsw {

namespace {

Tensor window_weights(const SlidingWindowSettings& settings) {
  const Int3 patch = settings.patch_dhw;
  if (settings.weights == WindowWeights::constant)
    return torch::ones({patch[0], patch[1], patch[2]});
  return importance_map(patch, settings.sigma_scale);
}

/// Every patch of the grid, in its order.
RankedPatches all_patches(const Tensor& volume, const SlidingWindowSettings& settings) {
  check_shape(volume, {1, kAnySize, kAnySize, kAnySize, kAnySize}, "volume");
  RankedPatches all;
  all.grid = patch_grid(extent_dhw(volume), settings.patch_dhw, settings.overlap);
  const PaddedVolume padded = pad_centred(volume, all.grid.padded_dhw);
  all.volume = padded.volume;
  all.offset_dhw = padded.offset_dhw;
  all.extent_dhw = extent_dhw(volume);
  all.importance = window_weights(settings).to(volume.options());
  all.order.resize(static_cast<size_t>(all.grid.count()));
  std::iota(all.order.begin(), all.order.end(), 0);
  all.scores.assign(all.order.size(), 0.0);
  all.scales.assign(all.order.size(), 1.0);
  return all;
}

}  // namespace

Tensor sliding_window_logits(const Tensor& volume, const PatchNetwork& network,
                             const SlidingWindowSettings& settings) {
  torch::NoGradGuard no_grad;
  const RankedPatches all = all_patches(volume, settings);
  const Int3 extent = extent_dhw(all.volume);
  std::vector<Int3> starts = all.grid.starts_dhw;
  std::sort(starts.begin(), starts.end(),
            [axis = sweep_axis(extent)](Int3 a, Int3 b) { return comes_before(a, b, axis); });
  SlabOutput output{empty_labels(extent, all.volume.device()), {}};
  std::unique_ptr<SlabAccumulator> sums;
  for (const Int3& start : starts) {
    const Tensor logits = network(crop(all.volume, start, settings.patch_dhw));
    if (!sums) {
      output.logits = torch::empty({1, logits.size(1), extent[0], extent[1], extent[2]});
      SlabVolume slab;
      slab.num_classes = logits.size(1);
      slab.extent_dhw = extent;
      slab.importance = all.importance;
      sums = std::make_unique<SlabAccumulator>(slab, starts, all_blocks(extent), output);
    }
    sums->add(logits[0]);
    sums->write_finished();
  }
  return crop(output.logits, all.offset_dhw, all.extent_dhw).contiguous();
}

SlidingWindow::SlidingWindow(BackbonePtr local, int64_t num_classes,
                             const SlidingWindowSettings& settings)
    : local_(std::move(local)), num_classes_(num_classes), settings_(settings) {}

PatchPass SlidingWindow::begin(const Tensor& volume) {
  local_->eval();
  PatchPass pass{all_patches(volume, settings_), local_.get(), 0};
  pass.ranked.num_classes = num_classes_;
  pass.k = pass.ranked.grid.count();
  return pass;
}

Segmentation SlidingWindow::segment(const Tensor& volume) {
  c10::InferenceMode inference;
  const PatchPass pass = begin(volume);
  return pass_ranked(pass.ranked, *pass.local, settings_.plan, {kFullK}).front();
}

}  // namespace nmsw
