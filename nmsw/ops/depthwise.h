#pragma once

#include "nmsw/ops/deferred_norm.h"

namespace nmsw {

/// Depth-wise 3×3×3 convolution: torch::conv3d with one group a channel, padding 1 and that stride
/// (1 or 2). input [N,C,D,H,W], weight [C,1,3,3,3], bias [C]. Differentiable once in all three. In
/// float32 on the CPU by the project's own kernels (LibTorch's are many times slower), whose
/// values, and gradients of input and weight, have the same bits with any number of threads;
/// LibTorch's everywhere else.
Tensor depthwise_conv(const Tensor& input, const Tensor& weight, const Tensor& bias,
                      int64_t stride);

/// The transpose of the stride-2 one: torch::conv_transpose3d with one group a channel, padding 1,
/// stride 2; an axis of n voxels becomes 2n-1. Otherwise as above.
Tensor depthwise_conv_transpose(const Tensor& input, const Tensor& weight, const Tensor& bias);

// The same of what takes_inference_kernels, with the moments of each channel, found as its planes
// are written.
PendingNorm pending_depthwise_conv(const Tensor& input, const Tensor& weight, const Tensor& bias,
                                   int64_t stride);
PendingNorm pending_depthwise_conv_transpose(const Tensor& input, const Tensor& weight,
                                             const Tensor& bias);

}  // namespace nmsw
