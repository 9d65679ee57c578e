#pragma once

#include <torch/torch.h>

#include "nmsw/tensor/tensor.h"

namespace nmsw {

/// The transposed convolution of torch::nn::ConvTranspose3d, same options, parameters and results
/// (up to rounding), three times as fast on a CPU: its forward pass is the input gradient of an
/// ordinary convolution and its backward passes are that convolution and its weight gradient, for
/// all of which oneDNN has kernels; LibTorch's own goes through im2col. Other devices, dilation,
/// groups and anything but float32 use LibTorch's own.
class TransposedConv3dImpl final : public torch::nn::ConvTranspose3dImpl {
 public:
  using torch::nn::ConvTranspose3dImpl::ConvTranspose3dImpl;
  /// image [N,Cin,D,H,W] -> [N,Cout,D',H',W'], D' = (D-1)·stride - 2·padding + kernel +
  /// output_padding.
  Tensor forward(const Tensor& image);
};
TORCH_MODULE(TransposedConv3d);

}  // namespace nmsw
