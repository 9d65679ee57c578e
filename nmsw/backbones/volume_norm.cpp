#include "nmsw/backbones/volume_norm.h"

#include "nmsw/ops/library_norm.h"
#include "nmsw/ops/norm_activation.h"

namespace nmsw {

// Not derived from LibTorch's: 1.13 does not export all of that class.
VolumeNormImpl::VolumeNormImpl(int64_t channels, NormKind kind) : kind_(kind) {
  scale_ = register_parameter("weight", torch::ones({channels}));
  offset_ = register_parameter("bias", torch::zeros({channels}));
  if (kind == NormKind::instance) return;
  mean_ = register_buffer("running_mean", torch::zeros({channels}));
  variance_ = register_buffer("running_var", torch::ones({channels}));
  batches_ = register_buffer("num_batches_tracked", torch::zeros({}, torch::kLong));
}

Tensor VolumeNormImpl::forward(const Tensor& volume) {
  if (kind_ == NormKind::instance) return library_norm(volume, scale_, offset_);
  if (is_training()) {
    if (volume.numel() == volume.size(1)) {
      throw ShapeError(
          "batch norm: one patch whose coarsest grid is one voxel cannot train it; choose a larger "
          "patch, more patches a step, or norm: instance");
    }
    batches_.add_(1);
  }
  constexpr double kShareOfABatch = 0.1;
  return torch::batch_norm(volume, scale_, offset_, mean_, variance_, is_training(), kShareOfABatch,
                           kInstanceNormEpsilon, at::globalContext().userEnabledCuDNN());
}

}  // namespace nmsw
