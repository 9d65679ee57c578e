#include "nmsw/inference/ensemble.h"

#include <algorithm>

#include "nmsw/base/error.h"
#include "nmsw/inference/band_pass.h"
#include "nmsw/inference/patched_method.h"
#include "nmsw/inference/probability_blocks.h"
#include "nmsw/tensor/patch_ops.h"

namespace nmsw {

namespace {

std::vector<PatchPass> begin_all(const std::vector<std::unique_ptr<InferenceMethod>>& members,
                                 const Tensor& volume) {
  std::vector<PatchPass> passes;
  passes.reserve(members.size());
  for (const auto& member : members) passes.push_back(member->as_patched()->begin(volume));
  return passes;
}

/// The smallest extent that holds every member's padded volume.
Int3 common_extent(const std::vector<PatchPass>& passes) {
  Int3 extent{0, 0, 0};
  for (const PatchPass& pass : passes) {
    const Int3 own = extent_dhw(pass.ranked.volume);
    for (size_t axis = 0; axis < 3; ++axis) extent[axis] = std::max(extent[axis], own[axis]);
  }
  return extent;
}

/// One member on its way through a band.
struct Walker {
  std::vector<GrowingMap> map;
  std::unique_ptr<BandPass> pass;
};

/// All of a band: the member whose next patch comes first along the sweep has its turn.
void walk(std::vector<Walker>& walkers, size_t axis) {
  while (true) {
    Walker* next = nullptr;
    for (Walker& walker : walkers) {
      if (walker.pass->is_done()) continue;
      if (next == nullptr ||
          walker.pass->next_start_dhw()[axis] < next->pass->next_start_dhw()[axis])
        next = &walker;
    }
    if (next == nullptr) return;
    next->pass->resume();
    next->pass->step();
  }
}

void add_seconds(const StageSeconds& more, StageSeconds& sum) {
  sum.global += more.global;
  sum.choose += more.choose;
  sum.local += more.local;
  sum.aggregate += more.aggregate;
  sum.argmax += more.argmax;
}

void require_same_classes(const std::vector<PatchPass>& passes) {
  for (const PatchPass& pass : passes) {
    if (pass.ranked.num_classes != passes.front().ranked.num_classes) {
      throw ShapeError("ensemble: its networks have {} and {} classes",
                       passes.front().ranked.num_classes, pass.ranked.num_classes);
    }
  }
}

}  // namespace

Ensemble::Ensemble(std::vector<std::unique_ptr<InferenceMethod>> members, const PassPlan& plan)
    : members_(std::move(members)), plan_(plan) {
  if (members_.empty()) throw ConfigError("ensemble: has no network");
  for (const auto& member : members_) {
    if (member->as_patched() == nullptr) {
      throw ConfigError(
          "ensemble: this method gives labels, not probabilities that could be averaged; use "
          "sliding_window, nmsw or random_foreground");
    }
  }
}

Segmentation Ensemble::segment(const Tensor& volume) {
  c10::InferenceMode inference;
  const Int3 given = extent_dhw(volume);
  std::vector<PatchPass> passes = begin_all(members_, volume);
  require_same_classes(passes);
  // Patches of different sizes may pad a small volume to different extents.
  const PaddedVolume padded = pad_centred(volume, common_extent(passes));
  if (extent_dhw(padded.volume) != given) passes = begin_all(members_, padded.volume);
  const Int3 extent = extent_dhw(padded.volume);
  Segmentation result;
  const Tensor labels = empty_labels(extent, volume.device(), true);
  most_waiting_bytes_ = 0;
  for (const BlockBox& band : block_bands(extent, plan_.bands)) {
    ProbabilityBlocks blocks(band, labels);
    std::vector<Walker> walkers(passes.size());
    std::vector<const SlabAccumulator*> sums;
    for (size_t i = 0; i < passes.size(); ++i) {
      walkers[i].map.emplace_back();
      walkers[i].map.front().k = passes[i].k;
      walkers[i].map.front().output.sink = blocks.add_member();
      walkers[i].pass = std::make_unique<BandPass>(passes[i].ranked, *passes[i].local, plan_, band,
                                                   walkers[i].map);
      sums.push_back(walkers[i].map.front().sums.get());
    }
    blocks.set_sums(sums);
    walk(walkers, sweep_axis(extent));
    blocks.write_untouched();
    most_waiting_bytes_ = std::max(most_waiting_bytes_, blocks.most_waiting_bytes());
    for (Walker& walker : walkers) {
      walker.pass->resume();
      walker.pass->finish(Untouched::leave);
      add_seconds(walker.map.front().stages, result.stages);
    }
  }
  for (const PatchPass& pass : passes) {
    add_seconds(pass.ranked.stages, result.stages);
    for (PickedPatch pick : picked_patches(pass.ranked, pass.k)) {
      for (size_t axis = 0; axis < 3; ++axis) pick.start_dhw[axis] -= padded.offset_dhw[axis];
      result.picks.push_back(pick);
    }
  }
  result.labels = crop(labels, padded.offset_dhw, given).contiguous().to(torch::kCPU);
  return result;
}

}  // namespace nmsw
