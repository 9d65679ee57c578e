#pragma once

#include "nmsw/tensor/tensor.h"

namespace nmsw {

/// Entropy of the distribution over patches, Σ -log(p+1e-20)·(p+1e-20) with p the softmax of the
/// masked scores [N,P] (no noise, no temperature); mean over N.
Tensor patch_entropy(const Tensor& masked_scores);

}  // namespace nmsw
