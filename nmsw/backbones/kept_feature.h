#pragma once

#include <vector>

#include "nmsw/ops/deferred_norm.h"

namespace nmsw {

/// The volume, its values also appended to `features` where that is not null: then none of them is
/// pending any more.
inline DeferredNorm kept_feature(DeferredNorm volume, std::vector<Tensor>* features) {
  if (features != nullptr) {
    settle(volume);
    features->push_back(volume.values);
  }
  return volume;
}

}  // namespace nmsw
