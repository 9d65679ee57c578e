#include "nmsw/inference/ranked_pass.h"

#include <algorithm>
#include <memory>

#include "nmsw/backbones/mixed_precision.h"
#include "nmsw/inference/slab_accumulator.h"
#include "nmsw/tensor/patch_ops.h"

namespace nmsw {

namespace {

/// The label map of one k while it grows.
struct Growing {
  int64_t k = 0;
  SlabOutput output;
  std::unique_ptr<SlabAccumulator> sums;
  StageSeconds stages;
};

Int3 start_of(const RankedPatches& ranked, int64_t rank) {
  return ranked.grid.starts_dhw[static_cast<size_t>(ranked.order[static_cast<size_t>(rank)])];
}

std::vector<PickedPatch> picks_of(const RankedPatches& ranked, int64_t k) {
  std::vector<PickedPatch> picks;
  for (int64_t rank = 0; rank < k; ++rank) {
    const int64_t n = ranked.order[static_cast<size_t>(rank)];
    Int3 start = start_of(ranked, rank);
    for (size_t axis = 0; axis < 3; ++axis) start[axis] -= ranked.offset_dhw[axis];
    picks.push_back({rank, n, ranked.scores[static_cast<size_t>(n)], start, ranked.grid.patch_dhw});
  }
  return picks;
}

/// Ranks below k of the patches that touch the band, in the order of the grid.
std::vector<int64_t> ranks_in(const RankedPatches& ranked, const BlockBox& band, int64_t k) {
  std::vector<int64_t> ranks;
  for (int64_t rank = 0; rank < k; ++rank) {
    if (!touched_blocks(start_of(ranked, rank), ranked.grid.patch_dhw, band).empty())
      ranks.push_back(rank);
  }
  std::sort(ranks.begin(), ranks.end(), [&](int64_t a, int64_t b) {
    return ranked.order[static_cast<size_t>(a)] < ranked.order[static_cast<size_t>(b)];
  });
  return ranks;
}

void start_band(const RankedPatches& ranked, const BlockBox& band, Growing& growing) {
  SlabVolume volume;
  volume.num_classes = ranked.num_classes;
  volume.extent_dhw = extent_dhw(ranked.volume);
  volume.importance = ranked.importance;
  volume.coarse = ranked.coarse;
  std::vector<Int3> starts;
  for (const int64_t rank : ranks_in(ranked, all_blocks(volume.extent_dhw), growing.k)) {
    starts.push_back(start_of(ranked, rank));
  }
  growing.sums = std::make_unique<SlabAccumulator>(volume, starts, band, growing.output);
}

void add_result(const PatchResult& result, int64_t rank, StageClock& clock,
                std::vector<Growing>& all) {
  for (Growing& growing : all) {
    if (rank >= growing.k) continue;
    growing.stages.local += result.seconds;
    growing.sums->add(result.logits[0]);
    growing.stages.aggregate += clock.lap();
    growing.sums->write_finished();
    growing.stages.argmax += clock.lap();
  }
}

void pass_band(const RankedPatches& ranked, Backbone& local, const PassPlan& plan,
               const BlockBox& band, std::vector<Growing>& all) {
  StageClock clock(ranked.volume.device(), ranked.now);
  for (Growing& growing : all) {
    start_band(ranked, band, growing);
    growing.stages.aggregate += clock.lap();
  }
  const std::vector<int64_t> ranks = ranks_in(ranked, band, all.back().k);
  for (size_t first = 0; first < ranks.size();) {
    const size_t last =
        std::min(ranks.size(), first + static_cast<size_t>(std::max<int64_t>(1, plan.batch)));
    const std::vector<int64_t> some(ranks.begin() + static_cast<std::ptrdiff_t>(first),
                                    ranks.begin() + static_cast<std::ptrdiff_t>(last));
    std::vector<PatchResult> results = patch_results(ranked, local, some, plan.precision);
    clock.lap();
    for (size_t i = 0; i < some.size(); ++i) {
      add_result(results[i], some[i], clock, all);
      results[i].logits = Tensor();
    }
    first = last;
  }
  clock.lap();
  for (Growing& growing : all) {
    growing.sums->write_untouched();
    growing.sums.reset();
    growing.stages.argmax += clock.lap();
  }
}

}  // namespace

std::vector<PatchResult> patch_results(const RankedPatches& ranked, Backbone& local,
                                       const std::vector<int64_t>& ranks, Precision precision) {
  StageClock clock(ranked.volume.device(), ranked.now);
  std::vector<PatchResult> results(ranks.size());
  std::vector<Tensor> patches;
  std::vector<size_t> computed;
  for (size_t i = 0; i < ranks.size(); ++i) {
    const auto known = ranked.known.find(ranks[i]);
    if (known != ranked.known.end()) {
      results[i] = known->second;
      continue;
    }
    const Tensor patch = crop(ranked.volume, start_of(ranked, ranks[i]), ranked.grid.patch_dhw);
    const double scale = ranked.scales[static_cast<size_t>(ranks[i])];
    patches.push_back(scale == 1.0 ? patch : patch * scale);
    computed.push_back(i);
  }
  if (computed.empty()) return results;
  const Tensor logits = forward_in(precision, local, torch::cat(patches)).logits;
  for (size_t n = 0; n < computed.size(); ++n) {
    Tensor& patch = results[computed[n]].logits;
    patch = logits.narrow(0, static_cast<int64_t>(n), 1);
    if (ranked.refine) patch = ranked.refine(patch, start_of(ranked, ranks[computed[n]]));
  }
  const double each = clock.lap() / static_cast<double>(computed.size());
  for (const size_t i : computed) results[i].seconds = each;
  return results;
}

int64_t bands_touched(const RankedPatches& ranked, const PassPlan& plan, int64_t rank) {
  const std::vector<BlockBox> bands = block_bands(extent_dhw(ranked.volume), plan.bands);
  return std::count_if(bands.begin(), bands.end(), [&](const BlockBox& band) {
    return !touched_blocks(start_of(ranked, rank), ranked.grid.patch_dhw, band).empty();
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
  std::vector<Growing> all;
  for (const auto& [k, result] : at_k) {
    Growing growing;
    growing.k = k;
    growing.output.labels = torch::empty({extent[0], extent[1], extent[2]}, torch::kByte);
    growing.stages = ranked.stages;
    all.push_back(std::move(growing));
  }
  for (const BlockBox& band : block_bands(extent, plan.bands))
    pass_band(ranked, local, plan, band, all);
  for (const Growing& growing : all) {
    Segmentation& result = at_k.at(growing.k);
    result.labels = crop(growing.output.labels, ranked.offset_dhw, ranked.extent_dhw).contiguous();
    result.picks = picks_of(ranked, growing.k);
    result.stages = growing.stages;
  }
  std::vector<Segmentation> results;
  for (const int64_t k : k_list) results.push_back(at_k.at(std::min(k, count)));
  return results;
}

}  // namespace nmsw
