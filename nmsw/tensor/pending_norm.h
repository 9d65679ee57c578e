#pragma once

#include <vector>

#include "nmsw/kernels/conv_channel.h"
#include "nmsw/tensor/tensor.h"

namespace nmsw {

/// A volume whose instance norm (ε = 10⁻⁵, no scale, no offset) and rectifier are still to come:
/// whoever reads it applies them, so that they cost no pass of their own. float32 on the CPU, no
/// gradient.
struct PendingNorm {
  Tensor values;     ///< [N,C,D,H,W], contiguous
  Tensor moments;    ///< [N·C,2]: mean, inverse deviation; undefined: no norm, no rectifier
  double slope = 1;  ///< of the rectifier: PReLU, LeakyReLU; 1: none
};

/// The volume with its moments, found in a pass of its own.
PendingNorm pending_norm(const Tensor& volume, double slope);

/// Channels of volume n of each, one list behind the other.
std::vector<ConvChannel> channels_of(const std::vector<PendingNorm>& volumes, int64_t n);

/// The volume after norm and rectifier: a copy, unless none are pending.
Tensor settled(const PendingNorm& volume);

std::vector<Tensor> settled(const std::vector<PendingNorm>& volumes);

/// Volumes with their channels one behind the other.
Tensor joined(const std::vector<Tensor>& volumes);

/// slope-rectified (one + other), both of the same shape with their own norms, in one pass that
/// overwrites `one`.
Tensor sum_of(const PendingNorm& one, const PendingNorm& other, double slope = 1);

}  // namespace nmsw
