#pragma once

#include "nmsw/base/thread_switch.h"
#include "nmsw/tensor/tensor.h"

namespace nmsw {

/// RAII, for the calling thread: while an instance exists, volumes without gradient that no kernel of the
/// project takes are stored channels-last ([N,C,D,H,W] with strides in the order N,D,H,W,C) from
/// their first norm on. cuDNN computes half precision in that layout and would transpose any other
/// around each convolution.
class ChannelsLastInference {
 public:
  explicit ChannelsLastInference(bool active);

 private:
  ThreadSwitch on_;
};

/// The volume [N,C,D,H,W], dense in the layout that is wanted for it; itself if it is already.
Tensor laid_out(const Tensor& volume);

/// Instance norm by LibTorch (ε = 10⁻⁵, statistics in float32; one voxel gives 0 up to rounding),
/// [N,C,D,H,W] in the layout that is wanted for it. scale, offset: [C] or undefined.
Tensor library_norm(const Tensor& input, const Tensor& scale = {}, const Tensor& offset = {});

/// Group norm likewise, of so many groups of neighbouring channels. scale, offset: [C].
Tensor library_group_norm(const Tensor& input, int64_t groups, const Tensor& scale,
                          const Tensor& offset);

}  // namespace nmsw
