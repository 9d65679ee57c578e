#pragma once

#include "nmsw/tensor/tensor.h"

namespace nmsw {

/// torch::conv3d of a 3×3×3 kernel with stride 1 and padding 1. input [N,C,D,H,W], weight
/// [O,C,3,3,3], bias [O] or undefined; float32 on the CPU. Differentiable once in all three. By the
/// project's own kernels, whose values, and gradients of input and weight, have the same bits with
/// any number of threads. Throws ShapeError.
Tensor planar_conv3d(const Tensor& input, const Tensor& weight, const Tensor& bias);

}  // namespace nmsw
