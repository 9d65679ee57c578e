#pragma once

#include <vector>

#include "nmsw/config/evaluation_config.h"
#include "nmsw/tensor/patch_grid.h"

namespace nmsw {

/// What each voxel of a coarse prediction is worth looking at, from the softmax p of its logits
/// [1,C,d,h,w]; float64 [d,h,w] on the CPU:
/// foreground   1 − p(background)
/// entropy      −Σ p log p
/// classes      Σ p(c) / Σ over the volume of p(c), foreground classes: each counts the same
Tensor coarse_gain(const Tensor& coarse_logits, PatchGain gain);

/// [P] float64: what each patch holds of the gain [d,h,w], as a share of the whole; 0 where there is
/// none. A coarse voxel counts by the share of it that lies in the patch.
Tensor patch_shares(const Tensor& gain, const PatchGrid& grid);

/// The patches of a grid in the order in which they add most, given what those before them cover:
/// greedy maximum coverage. What was covered n times counts discount^n: 0 counts it once only, and
/// the first k then cover at least 1 − 1/e of what any k patches could (Nemhauser, Wolsey and Fisher
/// 1978; without patch_gain); 1 ranks the patches by their own gains. Where nothing is left to gain
/// a new round begins, in which all counts again. Equal gains: lower index first. The first k are
/// the same for every larger k.
///
/// order   patch indices, all of the grid
/// gains   by rank: what the patch added when it was chosen, as a share of the whole volume's gain;
///         0 in a later round
/// left    by rank: the share of the whole gain that no patch has covered yet
struct CoverageOrder {
  std::vector<int64_t> order;
  std::vector<double> gains;
  std::vector<double> left;
};

/// gain        not negative, [d,h,w] on any grid that covers the volume; a coarse voxel counts for a
///             patch by the share of it that lies in the patch
/// patch_gain  [P], a factor of each patch's gain (learned probabilities); undefined: none
/// discount    [0,1]
CoverageOrder coverage_order(const Tensor& gain, const PatchGrid& grid, double discount,
                             const Tensor& patch_gain = {});

/// How many patches of the order it takes to leave less than `share` of the gain uncovered; all where
/// they never do, and at least one.
int64_t enough_patches(const CoverageOrder& order, double share);

}  // namespace nmsw
