#pragma once

#include <cstdint>

#include "nmsw/kernels/norm/fused_channel.h"
#include "nmsw/kernels/norm/mean_rstd.h"

namespace nmsw {

// Instance norm without scale and offset, then LeakyReLU or PReLU, on one channel of `count`
// contiguous float32: t = (x − mean) · rstd, y = t > 0 ? t : slope · t. With slope 1 it is the norm
// alone. Thread-safe for different outputs.

/// Statistics of the channel, in one pass.
MomentSums moment_sums(const float* x, int64_t count);
/// Mean and rstd = 1/√(variance + epsilon), with the biased variance.
Moments channel_moments(const float* x, int64_t count, double epsilon);

/// `y` may be `x`.
void norm_activation(const float* x, int64_t count, Moments moments, float slope, float* y);

/// y = one + other for the voxels begin … end-1, after their deferred operations. `y` may be one of
/// the volumes.
void add_channels(const FusedChannel& one, const FusedChannel& other, int64_t begin, int64_t end,
                  float* y);
/// y = channel after its deferred operations, likewise.
void settle_channel(const FusedChannel& channel, int64_t begin, int64_t end, float* y);

/// Writes the gradient with respect to x and returns the one with respect to `slope`. to_y: the
/// gradient with respect to y.
double norm_activation_gradient(const float* x, const float* to_y, int64_t count, Moments moments,
                                float slope, float* to_x);

}  // namespace nmsw
