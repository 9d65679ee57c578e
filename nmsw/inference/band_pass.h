#pragma once

#include <memory>
#include <vector>

#include "nmsw/inference/ranked_pass.h"
#include "nmsw/inference/slab_accumulator.h"
#include "nmsw/inference/stage_marks.h"

namespace nmsw {

/// The label map of one k while it grows.
struct GrowingMap {
  int64_t k = 0;
  SlabOutput output;
  std::unique_ptr<SlabAccumulator> sums;
  StageSeconds stages;
};

/// What becomes of the blocks that no patch touches when a pass ends.
enum class Untouched { write, leave };

/// The patches of one band on their way through the local network, a batch a step, in the order of
/// the sweep. One thread.
class BandPass {
 public:
  /// Starts the sums of every map; the maps ascend in k. All arguments outlive the pass.
  BandPass(const RankedPatches& ranked, Backbone& local, const PassPlan& plan, const BlockBox& band,
           std::vector<GrowingMap>& maps);

  bool is_done() const { return next_ == batches_.size(); }
  /// First voxel of the patch that comes next.
  Int3 next_start_dhw() const;
  /// What passed since the last step was not this pass's.
  void resume() { marks_.mark(nullptr); }
  /// Sends the next batch through; finished blocks are written.
  void step();
  /// After the last step: settles the stages' seconds and gives the sums' memory back.
  void finish(Untouched untouched);

 private:
  /// Patches that go through the network together, and what those that are not known yet take.
  struct Batch {
    std::vector<int64_t> ranks;
    int64_t computed = 0;
    double seconds = 0;
  };
  std::vector<LazyVolume> logits_of(const Batch& batch) const;
  void add_result(const LazyVolume& logits, int64_t rank, double* seconds);
  void count_seconds(const Batch& batch);

  const RankedPatches& ranked_;
  Backbone& local_;
  Precision precision_;
  std::vector<GrowingMap>& maps_;
  StageMarks marks_;
  std::vector<Batch> batches_;
  size_t next_ = 0;
};

}  // namespace nmsw
