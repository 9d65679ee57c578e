#pragma once

#include <vector>

#include "nmsw/inference/ranked_pass.h"

namespace nmsw {

/// The order in which patches raise the mean DSC of the prediction most, one after the other, given
/// the label: what a choice of patches could reach with these networks. Greedy, so that no promise
/// is made that another set of k patches is not better still. The DSC is that of the classes the
/// label has, on the prepared grid; a voxel on a patch's rim, where the coarse logits yield by
/// interpolation (METHOD 2.9), is taken as one inside.
struct OracleOrder {
  std::vector<int64_t> order;  ///< patch indices, all of the grid
  std::vector<double> gains;   ///< by rank: by how much the mean DSC rose; 0 past `greedy_ranks`
};

/// ranked         everything but its order and scores
/// local          every patch of the grid goes through it once
/// label          uint8 [D,H,W] of the padded volume, on the CPU
/// greedy_ranks   the ranks that matter; behind them patches follow by index
///
/// Holds the logits of all patches and two volumes of logits; throws ConfigError where that is more
/// than 16 GiB. Runs on the CPU but for the local network.
OracleOrder oracle_order(RankedPatches ranked, Backbone& local, const Tensor& label,
                         int64_t greedy_ranks, Precision precision);

}  // namespace nmsw
