#include "nmsw/inference/ranked_pass.h"

#include <algorithm>

#include "nmsw/backbones/mixed_precision.h"
#include "nmsw/inference/band_pass.h"
#include "nmsw/tensor/patch_ops.h"

namespace nmsw {

Int3 start_of_rank(const RankedPatches& ranked, int64_t rank) {
  return ranked.grid.starts_dhw[static_cast<size_t>(ranked.order[static_cast<size_t>(rank)])];
}

Tensor patch_at_rank(const RankedPatches& ranked, int64_t rank) {
  const Tensor patch = crop(ranked.volume, start_of_rank(ranked, rank), ranked.grid.patch_dhw);
  const double scale = ranked.scales[static_cast<size_t>(rank)];
  return scale == 1.0 ? patch : patch * scale;
}

std::vector<PickedPatch> picked_patches(const RankedPatches& ranked, int64_t k) {
  std::vector<PickedPatch> picks;
  for (int64_t rank = 0; rank < k; ++rank) {
    const int64_t n = ranked.order[static_cast<size_t>(rank)];
    Int3 start = start_of_rank(ranked, rank);
    for (size_t axis = 0; axis < 3; ++axis) start[axis] -= ranked.offset_dhw[axis];
    picks.push_back({rank, n, ranked.scores[static_cast<size_t>(n)], start, ranked.grid.patch_dhw});
  }
  return picks;
}

std::vector<Tensor> patch_logits(const RankedPatches& ranked, Backbone& local,
                                 const std::vector<int64_t>& ranks, Precision precision) {
  std::vector<Tensor> results(ranks.size()), patches;
  std::vector<size_t> computed;
  for (size_t i = 0; i < ranks.size(); ++i) {
    const auto known = ranked.known.find(ranks[i]);
    if (known != ranked.known.end()) {
      results[i] = known->second.logits;
      continue;
    }
    patches.push_back(patch_at_rank(ranked, ranks[i]));
    computed.push_back(i);
  }
  if (computed.empty()) return results;
  const Tensor logits = forward_in(precision, local, torch::cat(patches)).logits;
  for (size_t n = 0; n < computed.size(); ++n) {
    Tensor& patch = results[computed[n]];
    patch = logits.narrow(0, static_cast<int64_t>(n), 1);
    if (ranked.refine) patch = ranked.refine(patch, start_of_rank(ranked, ranks[computed[n]]));
  }
  return results;
}

int64_t bands_touched(const RankedPatches& ranked, const PassPlan& plan, int64_t rank) {
  const std::vector<BlockBox> bands = block_bands(extent_dhw(ranked.volume), plan.bands);
  return std::count_if(bands.begin(), bands.end(), [&](const BlockBox& band) {
    return !touched_blocks(start_of_rank(ranked, rank), ranked.grid.patch_dhw, band).empty();
  });
}

std::vector<Segmentation> pass_ranked(const RankedPatches& ranked, Backbone& local,
                                      const PassPlan& plan, const std::vector<int64_t>& k_list) {
  const int64_t count = ranked.grid.count();
  std::map<int64_t, Segmentation> at_k;
  for (const int64_t k : k_list) {
    if (k < 0) throw ConfigError("number of patches: k is {}; expected at least 0 or full", k);
    at_k[std::min(k, count)];
  }
  const Int3 extent = extent_dhw(ranked.volume);
  std::vector<GrowingMap> all;
  for (const auto& [k, result] : at_k) {
    GrowingMap growing;
    growing.k = k;
    growing.output.labels = empty_labels(extent, ranked.volume.device());
    growing.stages = ranked.stages;
    all.push_back(std::move(growing));
  }
  for (const BlockBox& band : block_bands(extent, plan.bands)) {
    BandPass pass(ranked, local, plan, band, all);
    while (!pass.is_done()) pass.step();
    pass.finish(Untouched::write);
  }
  for (const GrowingMap& growing : all) {
    Segmentation& result = at_k.at(growing.k);
    result.labels = crop(growing.output.labels, ranked.offset_dhw, ranked.extent_dhw)
                        .contiguous()
                        .to(torch::kCPU);
    result.picks = picked_patches(ranked, growing.k);
    result.stages = growing.stages;
  }
  std::vector<Segmentation> results;
  for (const int64_t k : k_list) results.push_back(at_k.at(std::min(k, count)));
  return results;
}

}  // namespace nmsw
