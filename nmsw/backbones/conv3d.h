#pragma once

#include <torch/torch.h>

#include "nmsw/ops/conv.h"

namespace nmsw {

/// torch::nn::Conv3d, same options, parameters and results (up to rounding), in float32 on a CPU by
/// what is faster: conv3x3 for 3×3×3 kernels of stride 1 with few channels and, without a
/// gradient, its strided form for those of stride 2; a matrix product for 1×1×1 kernels of stride
/// 1. Others use LibTorch's own.
class Conv3dImpl final : public torch::nn::Conv3dImpl {
 public:
  using torch::nn::Conv3dImpl::Conv3dImpl;
  /// image [N,Cin,D,H,W] -> [N,Cout,D',H',W']
  Tensor forward(const Tensor& image);
  /// The same of volumes one behind the other, each with its norm, where takes_inference_kernels.
  DeferredNorm forward_deferred(const std::vector<DeferredNorm>& input, const ConvOptions& options);
  /// The same a few planes at a time where a kernel can, with what is added.
  LazyVolume forward_lazy(const std::vector<DeferredNorm>& input,
                          const std::vector<DeferredNorm>& added);

 private:
  bool takes_conv3x3(const Tensor& image) const;
  bool takes_conv3x3_halved(const Tensor& image) const;
  /// float32 on a CPU, and a plain cubic kernel of that size, stride and padding.
  bool is_plain(const Tensor& image, int64_t kernel, int64_t stride) const;
};
TORCH_MODULE(Conv3d);

}  // namespace nmsw
