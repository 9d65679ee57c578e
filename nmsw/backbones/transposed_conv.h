#pragma once

#include <torch/torch.h>

#include "nmsw/ops/conv.h"

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
  /// The same a few planes at a time where a kernel can.
  LazyVolume forward_lazy(const Tensor& image);
  /// The same of volumes one behind the other, each with its norm, where takes_inference_kernels.
  /// Nothing can be added.
  DeferredNorm forward_deferred(const std::vector<DeferredNorm>& input, const ConvOptions& options);

 private:
  bool is_plain(const Tensor& image) const;
  /// Such a kernel and stride, without padding.
  bool is_cubic(int64_t kernel, int64_t stride) const;
  bool takes_conv3x3(const Tensor& image) const;
};
TORCH_MODULE(TransposedConv3d);

}  // namespace nmsw
