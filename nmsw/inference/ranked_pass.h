#pragma once

#include <functional>
#include <vector>

#include "nmsw/backbones/backbone.h"
#include "nmsw/inference/inference_method.h"
#include "nmsw/inference/logit_accumulator.h"
#include "nmsw/tensor/patch_grid.h"

namespace nmsw {

/// A padded volume with its patches in order, ready for the local network.
struct RankedPatches {
  Tensor volume;              ///< padded, [1,Cin,D,H,W]
  Int3 offset_dhw{0, 0, 0};   ///< where the given volume lies in it
  Int3 extent_dhw{0, 0, 0};   ///< of the given volume
  PatchGrid grid;
  std::vector<int64_t> order;
  std::vector<double> scores;  ///< of each patch, by index
  std::vector<double> scales;  ///< factor of the patch at each rank
  LogitAccumulator::Coarse coarse;
  /// What a patch's logits [1,C,d,h,w] become before they are blended; empty: they stay.
  std::function<Tensor(const Tensor& patch_logits, Int3 start_dhw)> refine;
  StageSeconds stages;  ///< spent so far
};

/// Sends the patches through the network in order and reads off a label map at each k of the list; the result does not
/// depend on `batch`.
std::vector<Segmentation> pass_ranked(const RankedPatches& ranked, Backbone& local, int64_t num_classes,
                                      int64_t batch, const std::vector<int64_t>& k_list);

}  // namespace nmsw
