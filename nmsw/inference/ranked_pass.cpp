#include "nmsw/inference/ranked_pass.h"

#include <algorithm>
#include <map>

#include "nmsw/inference/stage_clock.h"
#include "nmsw/tensor/patch_ops.h"

namespace nmsw {

namespace {

std::vector<PickedPatch> picks_of(const RankedPatches& ranked, int64_t k) {
  std::vector<PickedPatch> picks;
  for (int64_t rank = 0; rank < k; ++rank) {
    const int64_t n = ranked.order[static_cast<size_t>(rank)];
    Int3 start = ranked.grid.starts_dhw[static_cast<size_t>(n)];
    for (size_t axis = 0; axis < 3; ++axis) start[axis] -= ranked.offset_dhw[axis];
    picks.push_back({rank, n, ranked.scores[static_cast<size_t>(n)], start, ranked.grid.patch_dhw});
  }
  return picks;
}

/// Adds the patches of ranks first … last-1.
void add_patches(const RankedPatches& ranked, Backbone& local, int64_t first, int64_t last,
                 LogitAccumulator& logits) {
  std::vector<Tensor> patches;
  std::vector<Int3> starts;
  for (int64_t rank = first; rank < last; ++rank) {
    const auto at = static_cast<size_t>(rank);
    starts.push_back(ranked.grid.starts_dhw[static_cast<size_t>(ranked.order[at])]);
    const Tensor patch = crop(ranked.volume, starts.back(), ranked.grid.patch_dhw);
    patches.push_back(ranked.scales[at] == 1.0 ? patch : patch * ranked.scales[at]);
  }
  const Tensor result = local.forward(torch::cat(patches)).logits;
  for (size_t i = 0; i < starts.size(); ++i) {
    Tensor patch = result.narrow(0, static_cast<int64_t>(i), 1);
    if (ranked.refine) patch = ranked.refine(patch, starts[i]);
    logits.add(patch[0], starts[i]);
  }
}

}  // namespace

std::vector<Segmentation> pass_ranked(const RankedPatches& ranked, Backbone& local,
                                      int64_t num_classes, int64_t batch,
                                      const std::vector<int64_t>& k_list) {
  const int64_t count = ranked.grid.count();
  std::map<int64_t, Segmentation> at_k;
  for (const int64_t k : k_list) {
    if (k < 0) throw ConfigError("number of patches: k is {}; expected at least 0 or full", k);
    at_k[std::min(k, count)];
  }
  StageClock clock(ranked.volume.device());
  LogitAccumulator logits(num_classes, extent_dhw(ranked.volume),
                          importance_map(ranked.grid.patch_dhw).to(ranked.volume.options()));
  double local_seconds = 0, setup_seconds = clock.lap();
  int64_t done = 0;
  for (auto& [k, result] : at_k) {
    while (done < k) {
      const int64_t last = std::min(k, done + std::max<int64_t>(1, batch));
      add_patches(ranked, local, done, last, logits);
      done = last;
    }
    local_seconds += clock.lap();
    result.labels = crop(logits.labels(ranked.coarse), ranked.offset_dhw, ranked.extent_dhw).contiguous();
    result.picks = picks_of(ranked, k);
    result.stages = ranked.stages;
    result.stages.local += local_seconds;
    result.stages.aggregate += setup_seconds + clock.lap();
  }
  std::vector<Segmentation> results;
  for (const int64_t k : k_list) results.push_back(at_k.at(std::min(k, count)));
  return results;
}

}  // namespace nmsw
