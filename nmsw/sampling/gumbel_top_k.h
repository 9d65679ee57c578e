#pragma once

#include <vector>

#include "nmsw/sampling/patch_draw.h"

namespace nmsw {

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

/// How many patches of the ranking it takes until the others hold at most `share` of the
/// probability softmax(scores): the k that stands for draws with replacement, of which further ones
/// would hardly bring another patch. At least one. scores [P].
int64_t enough_mass(const Tensor& scores, const std::vector<int64_t>& order, double share);

}  // namespace nmsw
