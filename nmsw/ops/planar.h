#pragma once

#include "nmsw/ops/deferred_norm.h"
#include "nmsw/ops/lazy_volume.h"

namespace nmsw {

/// torch::conv3d of a 3×3×3 kernel with stride 1 and padding 1. input [N,C,D,H,W], weight
/// [O,C,3,3,3], bias [O] or undefined; float32 on the CPU. Differentiable once in all three. By the
/// project's own kernels, whose values, and gradients of input and weight, have the same bits with
/// any number of threads. Throws ShapeError.
Tensor planar_conv3d(const Tensor& input, const Tensor& weight, const Tensor& bias);

/// What belongs to a convolution that has no gradient to come.
struct PlanarOptions {
  /// Its output's moments are found while it is written.
  bool with_moments = false;
  /// Added to the output, which has its shape; at most one.
  std::vector<PendingNorm> added;
};

/// The same of the volumes `input`, whose channels lie one behind the other as if concatenated,
/// each with its norm. The result has moments if they were asked for, and slope 1.
PendingNorm planar_conv3d(const std::vector<PendingNorm>& input, const Tensor& weight,
                          const Tensor& bias, const PlanarOptions& options);

/// The same a few planes at a time, with the same bits; `input` and `added` stay until it is gone.
LateVolume late_planar_conv3d(const std::vector<PendingNorm>& input, const Tensor& weight,
                              const Tensor& bias, const std::vector<PendingNorm>& added);

/// torch::conv3d of a 3×3×3 kernel with stride 2 and padding 1, likewise; nothing can be added. The
/// same bits with any number of threads.
PendingNorm planar_conv_strided3d(const std::vector<PendingNorm>& input, const Tensor& weight,
                                  const Tensor& bias, const PlanarOptions& options);

/// torch::conv_transpose3d of a 3×3×3 kernel with stride 2, padding 1 and output padding 1, which
/// doubles the grid, likewise. weight [C,O,3,3,3], bias [O] or undefined; nothing can be added. The
/// same bits with any number of threads. Throws ShapeError.
PendingNorm planar_conv_transpose3d(const std::vector<PendingNorm>& input, const Tensor& weight,
                                    const Tensor& bias, const PlanarOptions& options);

/// torch::conv3d of a 1×1×1 kernel with stride 1, likewise. weight [O,C,1,1,1].
PendingNorm point_conv3d(const std::vector<PendingNorm>& input, const Tensor& weight,
                         const Tensor& bias, const PlanarOptions& options);

LateVolume late_point_conv3d(const std::vector<PendingNorm>& input, const Tensor& weight,
                             const Tensor& bias, const std::vector<PendingNorm>& added);

/// torch::conv_transpose3d of a 2×2×2 kernel with stride 2, likewise. weight [C,O,2,2,2]; nothing
/// can be added.
PendingNorm point_conv_transpose3d(const std::vector<PendingNorm>& input, const Tensor& weight,
                                   const Tensor& bias, const PlanarOptions& options);

}  // namespace nmsw
