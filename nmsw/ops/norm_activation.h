#pragma once

#include "nmsw/kernels/norm/mean_rstd.h"
#include "nmsw/tensor/tensor.h"

namespace nmsw {

inline constexpr double kInstanceNormEpsilon = 1e-5;

/// Instance norm (no scale, no offset, ε = 10⁻⁵; one voxel gives 0), then PReLU, or LeakyReLU where
/// `slope` [1] is constant. input [N,C,D,H,W]. Differentiable once in both. In float32 on the CPU
/// by the project's kernels in one pass, with the same bits for any number of threads; by LibTorch
/// elsewhere. With grad mode off the input may be overwritten.
Tensor norm_activation(const Tensor& input, const Tensor& slope);

/// Mean and rstd of each channel of a contiguous float32 CPU volume, [N·C,2].
Tensor channel_moments(const Tensor& input);
/// Writes row i of such a tensor.
void write_moments(const MomentSums& sums, const Tensor& moments, int64_t i);

}  // namespace nmsw
