#include "nmsw/sampling/error_map.h"

#include "nmsw/sampling/coverage.h"
#include "nmsw/sampling/ordered_draws.h"

namespace nmsw {

Tensor wrong_shares(const Tensor& coarse_logits, const Tensor& coarse_label,
                    const PatchGrid& grid) {
  const torch::NoGradGuard no_grad;
  const Int3 size = extent_dhw(coarse_logits);
  check_shape(coarse_label, {1, 1, size[0], size[1], size[2]}, "label at low resolution");
  const Tensor wrong = coarse_logits.argmax(1)
                           .ne(coarse_label.squeeze(1).to(coarse_logits.device(), torch::kLong))
                           .squeeze(0)
                           .to(torch::kCPU, torch::kDouble);
  double patch_voxels = 1;
  for (size_t axis = 0; axis < 3; ++axis) {
    patch_voxels *= static_cast<double>(grid.patch_dhw[axis] * size[axis]) /
                    static_cast<double>(grid.padded_dhw[axis]);
  }
  return patch_shares(wrong, grid) * (wrong.sum() / patch_voxels);
}

Tensor error_map_loss(const Tensor& scores, const Tensor& shares) {
  check_shape(scores, {1, kAnySize}, "patch scores");
  check_shape(shares, {scores.size(1)}, "shares of wrong voxels");
  return torch::binary_cross_entropy_with_logits(scores, shares.unsqueeze(0).to(scores.options()));
}

TopKDraw draw_error_map(const ModelConfig& /*config*/, const DrawRequest& request) {
  TopKDraw draw;
  draw.index = ordered_draws(request.scores, request.noise, request.k);
  draw.hard = one_hot(draw.index, request.scores.detach());
  draw.soft = torch::softmax(request.scores, 1).unsqueeze(0).expand_as(draw.hard);
  return draw;
}

}  // namespace nmsw
