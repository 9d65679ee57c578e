#pragma once

#include <vector>

#include "nmsw/kernels/norm/fused_channel.h"
#include "nmsw/tensor/tensor.h"

namespace nmsw {

/// A volume whose instance norm (ε = 10⁻⁵, no scale, no offset), sum and rectifier are still to
/// come: whoever reads it applies them, so that they cost no pass of their own. float32 on the CPU,
/// no gradient, unless nothing is pending.
struct PendingNorm {
  Tensor values;     ///< [N,C,D,H,W], contiguous
  Tensor moments;    ///< [N·C,2]: mean, inverse deviation; undefined: no norm, no rectifier
  double slope = 1;  ///< of the rectifier: PReLU, LeakyReLU; 1: none
  /// Added before the rectifier after a norm of its own: [N,C,D,H,W], or one channel for all,
  /// [N,1,D,H,W]; undefined: nothing.
  Tensor added = {};
  Tensor added_moments = {};  ///< [N·C,2]; undefined: no norm
};

/// The volume with its moments, found in a pass of its own.
PendingNorm pending_norm(const Tensor& volume, double slope);

/// Channels of volume n of each, one list behind the other.
std::vector<ConvChannel> channels_of(const std::vector<PendingNorm>& volumes, int64_t n);

/// `other` added to a volume with its norm alone pending, then a rectifier. Throws ShapeError.
PendingNorm sum_pending(PendingNorm one, const PendingNorm& other, double slope);

/// The volume after all that is pending: a copy, unless nothing is.
Tensor settled(const PendingNorm& volume);
/// Its values are overwritten by that, and nothing is pending any more.
void settle(PendingNorm& volume);

std::vector<Tensor> settled(const std::vector<PendingNorm>& volumes);

/// Volumes with their channels one behind the other.
Tensor joined(const std::vector<Tensor>& volumes);

/// one + other, both of the same shape after what is pending for each, in one pass that overwrites
/// `one`.
Tensor sum_of(const PendingNorm& one, const PendingNorm& other);

}  // namespace nmsw
