#pragma once

#include "nmsw/losses/dice_ce.h"
#include "nmsw/tensor/tensor.h"

namespace nmsw {

/// Added to numerator and denominator of soft Dice, so that an absent class divides by more than 0.
constexpr double kDiceSmooth = 1e-5;

// Soft Dice and cross-entropy in two passes over the logits, of which a caller may hold a part at a
// time: sums over the voxels first, the gradient at each voxel from them afterwards. Nothing keeps
// a second tensor of the logits' size but the gradient: on the CPU a loop reads each voxel once,
// other devices take a few million voxels at a time.

/// Numbers that a device without the loop works on at once.
inline constexpr int64_t kLossPiece = int64_t{1} << 25;

/// Sums over the voxels of p = softmax(logits) and the one-hot label q, double [N, 3C+1] on the
/// logits' device: Σ p·q, Σ p, Σ q of each class, and Σ −log p of the true class. Sums of parts add
/// up to those of the whole. logits [N,C,D,H,W], contiguous; label uint8 [N,1,D,H,W].
Tensor softmax_sums(const Tensor& logits, const Tensor& label, int64_t piece = kLossPiece);

/// The loss from the sums over all voxels, and its slopes by them.
struct SoftmaxLoss {
  Tensor value;        ///< float scalar: weights.dice · Dice + weights.ce · CE (METHOD 2.10)
  Tensor offset;       ///< float [N,C]: derivative by Σ p of the class
  Tensor slope;        ///< float [N,C]: derivative by Σ p·q of the class
  double entropy = 0;  ///< derivative by Σ −log p
};

/// `voxels`: of all items together. Throws DataError where label indices lie beyond the classes.
SoftmaxLoss dice_ce_from_sums(const Tensor& sums, int64_t voxels, const DiceCeWeights& weights);

/// The loss's derivative by these logits, times `scale`; shapes as above, in the logits' type.
Tensor dice_ce_gradient(const Tensor& logits, const Tensor& label, const SoftmaxLoss& loss,
                        double scale, int64_t piece = kLossPiece);

}  // namespace nmsw
