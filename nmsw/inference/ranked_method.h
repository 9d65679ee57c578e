#pragma once

#include <vector>

#include "nmsw/inference/patched_method.h"
#include "nmsw/inference/time_budget.h"

namespace nmsw {

/// A method with a number of patches k. The first k patches are the same for every larger k.
class RankedMethod : public PatchedMethod {
 public:
  RankedMethod(int64_t k, const PassPlan& plan) : k_(k), plan_(plan) {}

  Segmentation segment(const Tensor& volume) final;
  RankedMethod* as_ranked() final { return this; }
  PatchPass begin(const Tensor& volume) final;

  /// One segmentation for each k (any order, kFullK for all, larger than the number of candidates
  /// is all, 0 for the coarse prediction alone, kAutoK for as many as the order asks for) from one
  /// pass over the patches; its picks tell how many there were. The stages of each are what that k
  /// alone would have needed. Throws ConfigError for kAutoK under an order that sets no number.
  std::vector<Segmentation> segment_at(const Tensor& volume, const std::vector<int64_t>& k_list);

  /// The label uint8 [D,H,W] of the volume that comes next, for an order that needs it; the others
  /// never look at it.
  virtual void show_label(const Tensor& /*label*/) {}

  /// The first patches, k at most, that fit into a time budget; see `pass_until` for what is
  /// promised.
  Segmentation segment_within(const Tensor& volume, const TimeBudget& budget);

 protected:
  /// Looks at the volume [1,Cin,D,H,W] as a whole and ranks its patches; called without gradients.
  virtual RankedPatches rank(const Tensor& volume) = 0;
  virtual Backbone& local() = 0;

 private:
  int64_t k_;
  PassPlan plan_;
};

}  // namespace nmsw
