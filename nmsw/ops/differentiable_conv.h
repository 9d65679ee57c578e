#pragma once

#include "nmsw/tensor/tensor.h"

namespace nmsw {

/// conv3x3 of conv.h with autograd, for shapes that were checked.
Tensor differentiable_conv3x3(const Tensor& input, const Tensor& weight, const Tensor& bias);

}  // namespace nmsw
