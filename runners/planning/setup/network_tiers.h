#pragma once

#include <string>
#include <vector>

#include "nmsw/cost/catalog.h"

namespace nmsw::runners {

/// A pair of UNets to choose from.
///
/// channels, strides   of the local network
/// global_channels     of the global one, same strides
/// learning_rate_ct, learning_rate_mr   peaks of the local and global trainings; NMSW's is a quarter
/// smallest_side       of a patch along an axis, in voxels; shorter axes of the data may go below it
///                     where `needs_side` is false
/// least_steps         of the local training, below which a narrower network gets further
/// evidence            where the numbers come from, in words
struct NetworkTier {
  std::string name;
  std::vector<int64_t> channels, global_channels, strides;
  double learning_rate_ct, learning_rate_mr;
  int64_t smallest_side;
  bool needs_side;
  double least_steps;
  std::string evidence;
};

/// THE list, the widest first; the last one takes any budget.
const std::vector<NetworkTier>& network_tiers();

/// The closed forms of its two networks.
BackboneCostModel local_model(const NetworkTier& tier);
BackboneCostModel global_model(const NetworkTier& tier);

}  // namespace nmsw::runners
