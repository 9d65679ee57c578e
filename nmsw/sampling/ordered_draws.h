#pragma once

#include "nmsw/sampling/patch_draw.h"

namespace nmsw {

/// K patches drawn from softmax(scores), int64 [K,B], in the order in which they come: noise [B,P]
/// draws without replacement (the Gumbel trick, one number a candidate), noise [K,B,P] with it.
/// scores [B,P]; k as in `require_drawable`.
Tensor ordered_draws(const Tensor& scores, const Tensor& noise, int64_t k);

/// Log probability [B] of an ordered draw [K,B] from softmax(scores), differentiable: without
/// replacement each patch is drawn from those that are left (Plackett-Luce).
Tensor draw_log_prob(const Tensor& scores, const Tensor& index, bool with_replacement);

/// Every ordered draw of k out of `candidates`, int64 [draws,k], with repeats or without: for
/// problems small enough to enumerate.
Tensor every_draw(int64_t candidates, int64_t k, bool with_replacement);

}  // namespace nmsw
