#include "nmsw/inference/band_pass.h"

#include <algorithm>

#include "nmsw/backbones/mixed_precision.h"

namespace nmsw {

namespace {

/// Ranks below k of the patches that touch the band, in the order of the sweep.
std::vector<int64_t> ranks_in(const RankedPatches& ranked, const BlockBox& band, int64_t k) {
  std::vector<int64_t> ranks;
  for (int64_t rank = 0; rank < k; ++rank) {
    if (!touched_blocks(start_of_rank(ranked, rank), ranked.grid.patch_dhw, band).empty())
      ranks.push_back(rank);
  }
  const size_t axis = sweep_axis(extent_dhw(ranked.volume));
  std::sort(ranks.begin(), ranks.end(), [&](int64_t a, int64_t b) {
    return comes_before(start_of_rank(ranked, a), start_of_rank(ranked, b), axis);
  });
  return ranks;
}

void start_sums(const RankedPatches& ranked, const BlockBox& band, GrowingMap& map) {
  SlabVolume volume;
  volume.num_classes = ranked.num_classes;
  volume.extent_dhw = extent_dhw(ranked.volume);
  volume.importance = ranked.importance;
  volume.coarse = ranked.coarse;
  std::vector<Int3> starts;
  for (const int64_t rank : ranks_in(ranked, all_blocks(volume.extent_dhw), map.k)) {
    starts.push_back(start_of_rank(ranked, rank));
  }
  map.sums = std::make_unique<SlabAccumulator>(volume, starts, band, map.output);
}

}  // namespace

BandPass::BandPass(const RankedPatches& ranked, Backbone& local, const PassPlan& plan,
                   const BlockBox& band, std::vector<GrowingMap>& maps)
    : ranked_(ranked),
      local_(local),
      precision_(plan.precision),
      maps_(maps),
      marks_(ranked.volume.device(), ranked.now) {
  for (GrowingMap& map : maps_) {
    start_sums(ranked, band, map);
    marks_.mark(&map.stages.aggregate);
  }
  const auto size = static_cast<size_t>(std::max<int64_t>(1, plan.batch));
  for (const int64_t rank : ranks_in(ranked, band, maps_.back().k)) {
    if (batches_.empty() || batches_.back().ranks.size() == size) batches_.emplace_back();
    batches_.back().ranks.push_back(rank);
    if (ranked.known.find(rank) == ranked.known.end()) ++batches_.back().computed;
  }
}

Int3 BandPass::next_start_dhw() const {
  return start_of_rank(ranked_, batches_[next_].ranks.front());
}

/// Of a single patch as its planes are asked for.
std::vector<LazyVolume> BandPass::logits_of(const Batch& batch) const {
  if (batch.ranks.size() == 1 && batch.computed == 1 && !ranked_.refine) {
    return {lazy_logits_in(precision_, local_, patch_at_rank(ranked_, batch.ranks.front()))};
  }
  const std::vector<Tensor> whole = patch_logits(ranked_, local_, batch.ranks, precision_);
  return {whole.begin(), whole.end()};
}

/// A patch's planes one after the other, those that are at hand before the next ones are computed;
/// `seconds` grows by what the computing takes.
void BandPass::add_result(const LazyVolume& logits, int64_t rank, double* seconds) {
  logits.in_steps([&](const Tensor& planes) {
    marks_.mark(seconds);
    for (GrowingMap& map : maps_) {
      if (rank >= map.k) continue;
      map.sums->add(planes[0]);
      marks_.mark(&map.stages.aggregate);
      map.sums->write_finished();
      marks_.mark(&map.stages.argmax);
    }
  });
}

void BandPass::step() {
  Batch& batch = batches_[next_];
  std::vector<LazyVolume> logits = logits_of(batch);
  marks_.mark(&batch.seconds);
  for (const int64_t rank : batch.ranks) {
    add_result(logits.front(), rank, &batch.seconds);
    logits.erase(logits.begin());
  }
  ++next_;
}

void BandPass::count_seconds(const Batch& batch) {
  for (const int64_t rank : batch.ranks) {
    const auto known = ranked_.known.find(rank);
    const double seconds = known != ranked_.known.end()
                               ? known->second.seconds
                               : batch.seconds / static_cast<double>(batch.computed);
    for (GrowingMap& map : maps_) {
      if (rank < map.k) map.stages.local += seconds;
    }
  }
}

void BandPass::finish(Untouched untouched) {
  for (GrowingMap& map : maps_) {
    if (untouched == Untouched::write) map.sums->write_untouched();
    map.sums.reset();
    marks_.mark(&map.stages.argmax);
  }
  marks_.settle();
  for (const Batch& batch : batches_) count_seconds(batch);
}

}  // namespace nmsw
