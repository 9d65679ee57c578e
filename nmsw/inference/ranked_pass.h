#pragma once

#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "nmsw/backbones/backbone.h"
#include "nmsw/inference/inference_method.h"
#include "nmsw/inference/slab_blocks.h"
#include "nmsw/inference/stage_clock.h"
#include "nmsw/tensor/patch_grid.h"

namespace nmsw {

/// What a patch gave, and what it took.
struct PatchResult {
  Tensor logits;  ///< [1,C,d,h,w]
  double seconds = 0;
};

/// A padded volume with its patches in order, ready for the local network.
struct RankedPatches {
  Tensor volume;             ///< padded, [1,Cin,D,H,W]
  Int3 offset_dhw{0, 0, 0};  ///< where the given volume lies in it
  Int3 extent_dhw{0, 0, 0};  ///< of the given volume
  int64_t num_classes = 0;
  PatchGrid grid;
  Tensor importance;  ///< [d,h,w] of a patch
  std::vector<int64_t> order;
  std::optional<int64_t> auto_k;  ///< where the order itself says how many patches are enough
  std::vector<double> scores;     ///< of each patch, by index
  std::vector<double> scales;     ///< factor of the patch at each rank
  CoarsePart coarse;
  /// What a patch's logits [1,C,d,h,w] become before they are blended; empty: they stay.
  std::function<Tensor(const Tensor& patch_logits, Int3 start_dhw)> refine;
  StageSeconds stages;  ///< spent so far
  /// By rank: patches that need not go through the network any more.
  std::map<int64_t, PatchResult> known;
  SecondsClock now = steady_seconds;
};

/// Logits [1,C,d,h,w], ready to be blended, of the patches at these ranks: through the local
/// network, all at once, where they are not known yet.
std::vector<Tensor> patch_logits(const RankedPatches& ranked, Backbone& local,
                                 const std::vector<int64_t>& ranks,
                                 Precision precision = Precision::fp32);

/// First voxel in the padded volume of the patch at a rank, and its image [1,Cin,d,h,w] as the
/// network sees it.
Int3 start_of_rank(const RankedPatches& ranked, int64_t rank);
Tensor patch_at_rank(const RankedPatches& ranked, int64_t rank);

/// The first k patches, best first.
std::vector<PickedPatch> picked_patches(const RankedPatches& ranked, int64_t k);

/// How often the patch at that rank goes through the network.
int64_t bands_touched(const RankedPatches& ranked, const PassPlan& plan, int64_t rank);

/// A label map at each k of the list (more than there are patches is all). A patch goes through the
/// network once a band, whatever the number of ks, and patches are summed in the order of the
/// sweep (nmsw/base/block_schedule.h): a label map depends on its own k alone. Throws ConfigError
/// for a k below 0.
std::vector<Segmentation> pass_ranked(const RankedPatches& ranked, Backbone& local,
                                      const PassPlan& plan, const std::vector<int64_t>& k_list);

}  // namespace nmsw
