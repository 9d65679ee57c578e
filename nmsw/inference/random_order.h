#pragma once

#include <cstdint>

#include "nmsw/config/model_config.h"
#include "nmsw/tensor/patch_grid.h"

namespace nmsw {

/// Scores [P] on the CPU that put the foreground patches of a coarse prediction [1,C,d,h,w] into a
/// random order, the background ones after them (the baseline RF, METHOD 3). The same volume and
/// seed give the same order.
Tensor random_foreground_scores(const Tensor& coarse_logits, const PatchGrid& grid, MaskRule mask,
                                uint64_t seed, const Tensor& volume);

}  // namespace nmsw
