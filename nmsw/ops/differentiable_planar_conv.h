#pragma once

#include "nmsw/tensor/tensor.h"

namespace nmsw {

/// planar_conv3d of planar.h where a gradient may be to come, for shapes that fit.
Tensor differentiable_planar_conv3d(const Tensor& input, const Tensor& weight, const Tensor& bias);

}  // namespace nmsw
