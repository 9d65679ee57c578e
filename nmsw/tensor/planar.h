#pragma once

#include "nmsw/tensor/tensor.h"

namespace nmsw {

/// torch::conv3d of a 3×3×3 kernel with stride 1 and padding 1. input [N,C,D,H,W], weight
/// [O,C,3,3,3], bias [O] or undefined; float32 on the CPU. Differentiable once in all three. By the
/// project's own kernels, whose values, and gradients of input and weight, have the same bits with
/// any number of threads. Throws ShapeError.
Tensor planar_conv3d(const Tensor& input, const Tensor& weight, const Tensor& bias);

/// torch::conv_transpose3d of a 3×3×3 kernel with stride 2, padding 1 and output padding 1, which
/// doubles the grid. input [N,C,D,H,W], weight [C,O,3,3,3], bias [O] or undefined; float32 on the
/// CPU. Its result has no gradient. The same bits with any number of threads. Throws ShapeError.
Tensor planar_conv_transpose3d(const Tensor& input, const Tensor& weight, const Tensor& bias);

}  // namespace nmsw
