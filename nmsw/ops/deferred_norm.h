#pragma once

#include <vector>

#include "nmsw/kernels/norm/fused_channel.h"
#include "nmsw/tensor/tensor.h"

namespace nmsw {

/// A volume with deferred instance norm (ε = 10⁻⁵, no scale, no offset), residual add and LeakyReLU
/// or PReLU: the next operation applies them while it loads its input, so that they cost no pass of
/// their own. For inference: float32 on the CPU without gradient, unless nothing is deferred.
struct DeferredNorm {
  Tensor values;     ///< [N,C,D,H,W], contiguous
  Tensor moments;    ///< [N·C,2]: mean, rstd; undefined: no norm, no activation
  double slope = 1;  ///< of the activation; 1: none
  /// Residual, added before the activation and after its own norm: [N,C,D,H,W], or [N,1,D,H,W] for
  /// all channels; undefined: none.
  Tensor added = {};
  Tensor added_moments = {};  ///< [N·C,2]: mean, rstd; undefined: no norm
};

/// Defers the norm of a volume, whose mean and rstd are computed here, in one pass.
DeferredNorm deferred_norm(const Tensor& volume, double slope);

/// Gives the pending norm of a volume a scale and an offset for each channel, [C] each: γ·(x − m)·r
/// + β is (x − (m − β/(γr)))·γr, so that they cost nothing. Throws ShapeError.
void scale_norm(DeferredNorm& volume, const Tensor& scale, const Tensor& offset);

/// The channels of item n of each volume, volume by volume.
std::vector<FusedChannel> channels_of(const std::vector<DeferredNorm>& volumes, int64_t n);

/// Defers the sum of two volumes, of which only norms may be deferred, and an activation. Throws
/// ShapeError.
DeferredNorm sum_pending(DeferredNorm one, const DeferredNorm& other, double slope);

/// The volume with everything applied: a copy, unless nothing is deferred.
Tensor settled(const DeferredNorm& volume);
/// The same in place.
void settle(DeferredNorm& volume);

/// Each of them.
std::vector<Tensor> settled(const std::vector<DeferredNorm>& volumes);

/// Concatenates volumes along the channels.
Tensor joined(const std::vector<Tensor>& volumes);

/// one + other, of one shape, after their deferred operations: one pass that overwrites `one`.
Tensor sum_of(const DeferredNorm& one, const DeferredNorm& other);

}  // namespace nmsw
