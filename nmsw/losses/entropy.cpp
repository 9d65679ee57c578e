#include "nmsw/losses/entropy.h"

namespace nmsw {

Tensor patch_entropy(const Tensor& masked_scores) {
  check_shape(masked_scores, {kAnySize, kAnySize}, "masked scores");
  const Tensor p = torch::softmax(masked_scores, 1) + 1e-20;
  return (-torch::log(p) * p).sum(1).mean();
}

}  // namespace nmsw
