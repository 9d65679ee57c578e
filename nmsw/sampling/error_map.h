#pragma once

#include "nmsw/sampling/patch_draw.h"
#include "nmsw/tensor/patch_grid.h"

namespace nmsw {

// Supervised proposals: a patch's score is the logit of the share of its voxels in which the coarse
// prediction is wrong, learned from the label. What a choice that is learned end to end has to be
// better than.

/// Share of each patch's voxels, [P] in 0..1, whose arg max in the coarse logits [1,C,d,h,w] is not
/// the label [1,1,d,h,w] at that resolution. Without gradient.
Tensor wrong_shares(const Tensor& coarse_logits, const Tensor& coarse_label, const PatchGrid& grid);

/// Binary cross entropy of the scores [1,P], as logits, against shares [P]; mean over the patches.
Tensor error_map_loss(const Tensor& scores, const Tensor& shares);

/// K patches drawn without replacement from softmax(scores): mostly those that are expected to be
/// wrong. noise [B,P].
TopKDraw draw_error_map(const ModelConfig& config, const DrawRequest& request);

}  // namespace nmsw
