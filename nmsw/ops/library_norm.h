#pragma once

#include "nmsw/base/counted_switch.h"
#include "nmsw/tensor/tensor.h"

namespace nmsw {

/// While one lives, what no gradient is to come of and the project has no kernels for lies with its
/// channels innermost ("channels last", [N,C,D,H,W] with strides of N,D,H,W,C) from its first norm
/// on: cuDNN multiplies half precision in that layout and turns volumes of any other one into it
/// and back around every convolution. For the whole process.
class ChannelsLastInference {
 public:
  explicit ChannelsLastInference(bool active);

 private:
  CountedSwitch on_;
};

/// The volume [N,C,D,H,W] dense in the layout that is wanted for it: itself, if it is already.
Tensor laid_out(const Tensor& volume);

/// Every channel of every volume normed by its own mean and deviation (ε = 10⁻⁵, found in float32;
/// one voxel gives 0 up to rounding), by LibTorch, [N,C,D,H,W] in the layout that is wanted for it.
/// scale, offset: [C] or undefined.
Tensor library_norm(const Tensor& input, const Tensor& scale = {}, const Tensor& offset = {});

}  // namespace nmsw
