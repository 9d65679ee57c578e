#pragma once

#include "nmsw/kernels/norm/mean_rstd.h"
#include "nmsw/tensor/tensor.h"

namespace nmsw {

inline constexpr double kInstanceNormEpsilon = 1e-5;

/// Instance norm (no scale, no offset, ε = 10⁻⁵; one voxel gives 0), then a rectifier that
/// multiplies negative values by `slope` [1]: PReLU, or LeakyReLU with a constant. input
/// [N,C,D,H,W]. Differentiable once in both. One pass of the project's own kernels in float32 on
/// the CPU, with the same bits for any number of threads; LibTorch's functions everywhere else.
/// Without a gradient to come the input may be overwritten.
Tensor norm_activation(const Tensor& input, const Tensor& slope);

/// Moments of each channel of a contiguous float32 volume on the CPU, [N·C,2]: mean, inverse
/// deviation.
Tensor channel_moments(const Tensor& input);
/// Row i of such a tensor.
void write_moments(const MomentSums& sums, const Tensor& moments, int64_t i);

}  // namespace nmsw
