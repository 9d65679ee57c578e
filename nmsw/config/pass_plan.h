#pragma once

#include <cstdint>

#include "nmsw/config/precision.h"

namespace nmsw {

/// How patches go through the local network. But for the precision no plan changes the labels, as
/// long as the network's numbers do not depend on how many patches it gets at once.
struct PassPlan {
  /// Patches at once.
  int64_t batch = 1;
  /// Parts that the volume is cut into (block_bands), one pass each: less memory for sums, patches
  /// on a cut computed again.
  int64_t bands = 1;
  /// Of both networks.
  Precision precision = Precision::fp32;
};

}  // namespace nmsw
