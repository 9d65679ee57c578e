#pragma once

#include "nmsw/config/model_config.h"
#include "nmsw/tensor/patch_grid.h"

namespace nmsw {

/// Which patches of the grid hold only background in the coarse prediction (METHOD 2.5).
/// coarse_logits [1,C,d,h,w], which cover the grid's volume. Returns bool [P], true = background.
Tensor background_patches(const Tensor& coarse_logits, const PatchGrid& grid, MaskRule rule);

/// Scores [1,P] with the background's log-probability added: log(smallest float), or a value whose
/// probability is 0 in float32 yet still orders after every foreground patch.
Tensor mask_scores(const Tensor& scores, const Tensor& background, BackgroundProbability value);

}  // namespace nmsw
