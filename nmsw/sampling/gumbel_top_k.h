#pragma once

#include <vector>

#include "nmsw/config/model_config.h"
#include "nmsw/tensor/tensor.h"

namespace nmsw {

/// K drawn patches. B rows, P candidate patches.
struct TopKDraw {
  Tensor index;  ///< int64 [K,B]
  Tensor hard;   ///< one-hot [K,B,P], no gradient
  Tensor soft;   ///< [K,B,P], each row sums to 1; differentiable
};

/// K draws without replacement from softmax(scores) by the Gumbel trick (Eq. 3-5, METHOD 2.6): each
/// draw takes the largest of scores+noise and removes it for the next, exactly or by adding log of
/// the smallest float, which the values keep.
///
/// scores   [B,P] masked scores
/// noise    [B,P] Gumbel noise; undefined: none
/// k        1 <= k <= P, ConfigError otherwise
/// tau      softmax temperature, above 0; never changes the order
TopKDraw gumbel_top_k(const Tensor& scores, const Tensor& noise, int64_t k, double tau,
                      DrawnRemoval removal);

/// Differentiable weights [K,B,P] of the patches: hard·soft with hard constant (paper),
/// straight-through·soft (authors), or the straight-through one-hot alone.
Tensor patch_weights(const TopKDraw& draw, Estimator estimator);

/// All patches from the best to the worst, without noise unless it is given: the first k are the
/// same for every k. Equal scores: lower index first. scores and noise [P].
std::vector<int64_t> rank_patches(const Tensor& scores, const Tensor& noise = {});

}  // namespace nmsw
