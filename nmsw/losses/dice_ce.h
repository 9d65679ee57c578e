#pragma once

#include "nmsw/tensor/tensor.h"

namespace nmsw {

/// Share of each term in `dice_ce_loss`; the paper's by default (the authors' code: 1 and 1).
struct DiceCeWeights {
  double dice = 0.8;
  double ce = 0.2;
};

/// Soft Dice loss (METHOD 2.10): softmax, background left out, smoothing 1e-5 above and below, mean
/// over items and classes. logits [N,C,D,H,W] with C >= 2; label [N,1,D,H,W] of any integer type.
/// Returns a scalar.
Tensor dice_loss(const Tensor& logits, const Tensor& label);

/// Cross entropy over all classes, mean over voxels and items. Shapes as above.
Tensor cross_entropy(const Tensor& logits, const Tensor& label);

/// The weighted sum of both.
Tensor dice_ce_loss(const Tensor& logits, const Tensor& label, const DiceCeWeights& weights);

}  // namespace nmsw
