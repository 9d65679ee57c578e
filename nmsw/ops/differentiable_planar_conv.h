#pragma once

#include "nmsw/tensor/tensor.h"

namespace nmsw {

/// planar_conv3d of planar.h with autograd, for shapes that were checked.
Tensor differentiable_planar_conv3d(const Tensor& input, const Tensor& weight, const Tensor& bias);

}  // namespace nmsw
