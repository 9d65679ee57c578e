#pragma once

#include <cstdint>

#include "nmsw/kernels/norm/fused_channel.h"
#include "nmsw/kernels/norm/mean_rstd.h"

namespace nmsw {

// One channel of one volume each, `count` contiguous float32: instance norm without scale and
// offset, then a rectifier that multiplies negative values by `slope` (PReLU, LeakyReLU; 1 leaves
// all as they are): t = (x − mean) · inverse_deviation, y = t > 0 ? t : slope · t.

MomentSums moment_sums(const float* x, int64_t count);
/// inverse_deviation = 1/√(variance + epsilon), with the variance that divides by `count`.
Moments channel_moments(const float* x, int64_t count, double epsilon);

/// `y` may be `x`.
void norm_activation(const float* x, int64_t count, Moments moments, float slope, float* y);

/// y = one + other for the voxels begin … end-1, each as it is read. `y` may be one of the volumes.
void add_channels(const ConvChannel& one, const ConvChannel& other, int64_t begin, int64_t end,
                  float* y);
/// y = a channel as it is read, likewise.
void settle_channel(const ConvChannel& channel, int64_t begin, int64_t end, float* y);

/// Writes the gradient with respect to x and returns the one with respect to `slope`.
double norm_activation_gradient(const float* x, const float* to_y, int64_t count, Moments moments,
                                float slope, float* to_x);

}  // namespace nmsw
