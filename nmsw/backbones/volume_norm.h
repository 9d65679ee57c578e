#pragma once

#include "nmsw/config/norm_kind.h"
#include "nmsw/tensor/tensor.h"

namespace nmsw {

/// torch::nn::BatchNorm3d, same names, numbers and results; of kind `instance` each volume by its
/// own moments, with the same parameters and without buffers.
class VolumeNormImpl final : public torch::nn::Module {
 public:
  VolumeNormImpl(int64_t channels, NormKind kind);
  /// [N,C,D,H,W] → the same. Throws ShapeError where batch norm trains on one value a channel.
  Tensor forward(const Tensor& volume);

 private:
  NormKind kind_;
  Tensor scale_, offset_;
  /// Of kind `batch`: running moments, and of how many batches.
  Tensor mean_, variance_, batches_;
};
TORCH_MODULE(VolumeNorm);

}  // namespace nmsw
