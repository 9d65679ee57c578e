#pragma once

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
  StageSeconds stages;  ///< spent so far
};

/// Sends the patches through the network in order and reads off a label map at each k of the list; the result does not
/// depend on `batch`.
std::vector<Segmentation> pass_ranked(const RankedPatches& ranked, Backbone& local, int64_t num_classes,
                                      int64_t batch, const std::vector<int64_t>& k_list);

}  // namespace nmsw
