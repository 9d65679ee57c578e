#pragma once

#include "nmsw/ops/deferred_norm.h"

namespace nmsw {

/// Depthwise 3×3×3 convolution: torch::conv3d with one group per channel, padding 1 and stride 1 or
/// 2. input [N,C,D,H,W], weight [C,1,3,3,3], bias [C]. Differentiable once in all three. In float32
/// on the CPU by the project's kernels, with the same bits of values and of the gradients of input
/// and weight for any number of threads; by LibTorch elsewhere.
Tensor depthwise_conv(const Tensor& input, const Tensor& weight, const Tensor& bias,
                      int64_t stride);

/// The transpose of the stride-2 convolution: torch::conv_transpose3d with one group per channel,
/// padding 1, stride 2; an axis of n voxels becomes 2n-1. Otherwise as above.
Tensor depthwise_conv_transpose(const Tensor& input, const Tensor& weight, const Tensor& bias);

// The same without gradient, where takes_inference_kernels; mean and rstd of each channel are found
// while its planes are written.
DeferredNorm deferred_depthwise_conv(const Tensor& input, const Tensor& weight, const Tensor& bias,
                                     int64_t stride);
DeferredNorm deferred_depthwise_conv_transpose(const Tensor& input, const Tensor& weight,
                                               const Tensor& bias);

}  // namespace nmsw
