#pragma once

#include "nmsw/ops/deferred_norm.h"
#include "nmsw/ops/lazy_volume.h"

namespace nmsw {

/// torch::conv3d with a 3×3×3 kernel, stride 1 and padding 1. input [N,C,D,H,W], weight
/// [O,C,3,3,3], bias [O] or undefined; float32 on the CPU. Differentiable once in all three. By the
/// project's kernels, with the same bits of values and of the gradients of input and weight for any
/// number of threads. Throws ShapeError.
Tensor conv3x3(const Tensor& input, const Tensor& weight, const Tensor& bias);

/// Options of a convolution without gradient.
struct ConvOptions {
  /// Also finds mean and rstd of the output's channels, while it is written.
  bool with_moments = false;
  /// Residual of the output's shape; at most one.
  std::vector<DeferredNorm> added;
};

/// The same for inference. The input is the concatenation of some volumes along the channels, which
/// is not materialised; their deferred operations are applied while they are loaded. The result has
/// moments if they were asked for, and slope 1.
DeferredNorm conv3x3(const std::vector<DeferredNorm>& input, const Tensor& weight,
                     const Tensor& bias, const ConvOptions& options);

/// The same lazily, a few planes at a time, with the same bits. The inputs are kept alive by it.
LazyVolume lazy_conv3x3(const std::vector<DeferredNorm>& input, const Tensor& weight,
                        const Tensor& bias, const std::vector<DeferredNorm>& added);

/// torch::conv3d with a 3×3×3 kernel, stride 2 and padding 1, for inference as above; nothing can
/// be added.
DeferredNorm conv3x3_halved(const std::vector<DeferredNorm>& input, const Tensor& weight,
                            const Tensor& bias, const ConvOptions& options);

/// torch::conv_transpose3d with a 3×3×3 kernel, stride 2, padding 1 and output padding 1, which
/// doubles the grid; for inference as above. weight [C,O,3,3,3], bias [O] or undefined; nothing can
/// be added. Throws ShapeError.
DeferredNorm conv3x3_doubled(const std::vector<DeferredNorm>& input, const Tensor& weight,
                             const Tensor& bias, const ConvOptions& options);

/// torch::conv3d with a 1×1×1 kernel and stride 1, for inference as above. weight [O,C,1,1,1].
DeferredNorm conv1x1(const std::vector<DeferredNorm>& input, const Tensor& weight,
                     const Tensor& bias, const ConvOptions& options);

LazyVolume lazy_conv1x1(const std::vector<DeferredNorm>& input, const Tensor& weight,
                        const Tensor& bias, const std::vector<DeferredNorm>& added);

/// torch::conv_transpose3d with a 2×2×2 kernel and stride 2, for inference as above. weight
/// [C,O,2,2,2]; nothing can be added.
DeferredNorm conv2x2_doubled(const std::vector<DeferredNorm>& input, const Tensor& weight,
                             const Tensor& bias, const ConvOptions& options);

}  // namespace nmsw
