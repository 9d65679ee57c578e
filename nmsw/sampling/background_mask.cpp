#include "nmsw/sampling/background_mask.h"

#include <cmath>
#include <limits>

#include "nmsw/tensor/resize.h"

namespace nmsw {

namespace {

/// Far below any score, yet finite: exp of it is 0 in float32, and -inf would make a softmax over
/// background alone NaN.
constexpr double kZeroProbabilityLog = -1e4;

/// Which coarse voxels along an axis each of the patches there touches: [patches, voxels] of 0 and
/// 1.
Tensor touched(const PatchGrid& grid, size_t axis, int64_t step, int64_t voxels) {
  const int64_t count = grid.counts_dhw[axis], patch = grid.patch_dhw[axis];
  const int64_t extent = grid.padded_dhw[axis];
  Tensor matrix = torch::zeros({count, voxels});
  for (int64_t i = 0; i < count; ++i) {
    const int64_t start = grid.starts_dhw[static_cast<size_t>(i * step)][axis];
    const int64_t first = start * voxels / extent;
    const int64_t last = ((start + patch) * voxels + extent - 1) / extent;
    matrix[i].narrow(0, first, last - first).fill_(1);
  }
  return matrix;
}

}  // namespace

Tensor background_patches(const Tensor& coarse_logits, const PatchGrid& grid, MaskRule rule) {
  check_shape(coarse_logits, {1, kAnySize, kAnySize, kAnySize, kAnySize}, "coarse logits");
  torch::NoGradGuard no_grad;
  // What argmax(1) != 0 says, which LibTorch does with one thread.
  const int64_t others = coarse_logits.size(1) - 1;
  const Tensor foreground =
      coarse_logits.narrow(1, 1, others).amax(1, true) > coarse_logits.narrow(1, 0, 1);
  if (rule == MaskRule::nearest) {
    return resize_nearest(foreground, grid.counts_dhw).logical_not().flatten();
  }
  const Int3 extent = extent_dhw(coarse_logits);
  const Int3 counts = grid.counts_dhw;
  const auto device = coarse_logits.device();
  const Tensor in_d = touched(grid, 0, counts[1] * counts[2], extent[0]);
  const Tensor in_h = touched(grid, 1, counts[2], extent[1]);
  const Tensor in_w = touched(grid, 2, 1, extent[2]);
  Tensor voxels = foreground.view({extent[0], extent[1], extent[2]}).to(torch::kFloat);
  voxels = torch::matmul(voxels, queued_copy(in_w.t(), device));
  voxels = torch::matmul(queued_copy(in_h, device), voxels);
  voxels = torch::matmul(queued_copy(in_d, device), voxels.flatten(1));
  return (voxels < 0.5).flatten();
}

Tensor mask_scores(const Tensor& scores, const Tensor& background, BackgroundProbability value) {
  check_shape(scores, {1, kAnySize}, "patch scores");
  check_shape(background, {scores.size(1)}, "background mask");
  const double penalty = value == BackgroundProbability::tiny
                             ? std::log(static_cast<double>(std::numeric_limits<float>::min()))
                             : kZeroProbabilityLog;
  return scores + background.to(scores.scalar_type()).unsqueeze(0) * penalty;
}

}  // namespace nmsw
