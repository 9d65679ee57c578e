#include "nmsw/inference/ranked_pass.h"

#include <algorithm>
#include <memory>

#include "nmsw/backbones/mixed_precision.h"
#include "nmsw/inference/slab_accumulator.h"
#include "nmsw/inference/stage_marks.h"
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

/// Patches that go through the network together, and what those that are not known yet take.
struct Batch {
  std::vector<int64_t> ranks;
  int64_t computed = 0;
  double seconds = 0;
};

Int3 start_of(const RankedPatches& ranked, int64_t rank) {
  return ranked.grid.starts_dhw[static_cast<size_t>(ranked.order[static_cast<size_t>(rank)])];
}

/// The image [1,Cin,d,h,w] of the patch at that rank as the network sees it.
Tensor patch_at(const RankedPatches& ranked, int64_t rank) {
  const Tensor patch = crop(ranked.volume, start_of(ranked, rank), ranked.grid.patch_dhw);
  const double scale = ranked.scales[static_cast<size_t>(rank)];
  return scale == 1.0 ? patch : patch * scale;
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

/// Ranks below k of the patches that touch the band, in the order of the sweep.
std::vector<int64_t> ranks_in(const RankedPatches& ranked, const BlockBox& band, int64_t k) {
  std::vector<int64_t> ranks;
  for (int64_t rank = 0; rank < k; ++rank) {
    if (!touched_blocks(start_of(ranked, rank), ranked.grid.patch_dhw, band).empty())
      ranks.push_back(rank);
  }
  const size_t axis = sweep_axis(extent_dhw(ranked.volume));
  std::sort(ranks.begin(), ranks.end(), [&](int64_t a, int64_t b) {
    return comes_before(start_of(ranked, a), start_of(ranked, b), axis);
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

std::vector<Batch> batches_of(const RankedPatches& ranked, const std::vector<int64_t>& ranks,
                              int64_t size) {
  std::vector<Batch> batches;
  for (const int64_t rank : ranks) {
    if (batches.empty() || static_cast<int64_t>(batches.back().ranks.size()) == size) {
      batches.emplace_back();
    }
    batches.back().ranks.push_back(rank);
    if (ranked.known.find(rank) == ranked.known.end()) ++batches.back().computed;
  }
  return batches;
}

/// Logits of a batch's patches: of a single one as its planes are asked for.
std::vector<LazyVolume> lazy_patch_logits(const RankedPatches& ranked, Backbone& local,
                                          const Batch& batch, Precision precision) {
  if (batch.ranks.size() == 1 && batch.computed == 1 && !ranked.refine) {
    return {lazy_logits_in(precision, local, patch_at(ranked, batch.ranks.front()))};
  }
  const std::vector<Tensor> whole = patch_logits(ranked, local, batch.ranks, precision);
  return {whole.begin(), whole.end()};
}

/// A patch's planes one after the other, those that are at hand before the next ones are computed;
/// `seconds` grows by what the computing takes.
void add_result(const LazyVolume& logits, int64_t rank, StageMarks& marks, double* seconds,
                std::vector<Growing>& all) {
  logits.in_steps([&](const Tensor& planes) {
    marks.mark(seconds);
    for (Growing& growing : all) {
      if (rank >= growing.k) continue;
      growing.sums->add(planes[0]);
      marks.mark(&growing.stages.aggregate);
      growing.sums->write_finished();
      marks.mark(&growing.stages.argmax);
    }
  });
}

void count_seconds(const RankedPatches& ranked, const Batch& batch, std::vector<Growing>& all) {
  for (const int64_t rank : batch.ranks) {
    const auto known = ranked.known.find(rank);
    const double seconds = known != ranked.known.end()
                               ? known->second.seconds
                               : batch.seconds / static_cast<double>(batch.computed);
    for (Growing& growing : all) {
      if (rank < growing.k) growing.stages.local += seconds;
    }
  }
}

void pass_band(const RankedPatches& ranked, Backbone& local, const PassPlan& plan,
               const BlockBox& band, std::vector<Growing>& all) {
  StageMarks marks(ranked.volume.device(), ranked.now);
  for (Growing& growing : all) {
    start_band(ranked, band, growing);
    marks.mark(&growing.stages.aggregate);
  }
  std::vector<Batch> batches =
      batches_of(ranked, ranks_in(ranked, band, all.back().k), std::max<int64_t>(1, plan.batch));
  for (Batch& batch : batches) {
    std::vector<LazyVolume> logits = lazy_patch_logits(ranked, local, batch, plan.precision);
    marks.mark(&batch.seconds);
    for (const int64_t rank : batch.ranks) {
      add_result(logits.front(), rank, marks, &batch.seconds, all);
      logits.erase(logits.begin());
    }
  }
  for (Growing& growing : all) {
    growing.sums->write_untouched();
    growing.sums.reset();
    marks.mark(&growing.stages.argmax);
  }
  marks.settle();
  for (const Batch& batch : batches) count_seconds(ranked, batch, all);
}

}  // namespace

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
    patches.push_back(patch_at(ranked, ranks[i]));
    computed.push_back(i);
  }
  if (computed.empty()) return results;
  const Tensor logits = forward_in(precision, local, torch::cat(patches)).logits;
  for (size_t n = 0; n < computed.size(); ++n) {
    Tensor& patch = results[computed[n]];
    patch = logits.narrow(0, static_cast<int64_t>(n), 1);
    if (ranked.refine) patch = ranked.refine(patch, start_of(ranked, ranks[computed[n]]));
  }
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
    growing.output.labels = empty_labels(extent, ranked.volume.device());
    growing.stages = ranked.stages;
    all.push_back(std::move(growing));
  }
  for (const BlockBox& band : block_bands(extent, plan.bands))
    pass_band(ranked, local, plan, band, all);
  for (const Growing& growing : all) {
    Segmentation& result = at_k.at(growing.k);
    result.labels = crop(growing.output.labels, ranked.offset_dhw, ranked.extent_dhw)
                        .contiguous()
                        .to(torch::kCPU);
    result.picks = picks_of(ranked, growing.k);
    result.stages = growing.stages;
  }
  std::vector<Segmentation> results;
  for (const int64_t k : k_list) results.push_back(at_k.at(std::min(k, count)));
  return results;
}

}  // namespace nmsw
