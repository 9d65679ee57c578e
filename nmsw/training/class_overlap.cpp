#include "nmsw/training/class_overlap.h"

#include <limits>

namespace nmsw {

Tensor class_overlap(const Tensor& prediction, const Tensor& label, int64_t num_classes) {
  const Tensor seen = prediction.flatten().to(torch::kLong);
  const Tensor truth = label.to(prediction.device()).flatten().to(torch::kLong);
  check_shape(truth, {seen.numel()}, "label");
  const auto counts = [&](const Tensor& classes) {
    return torch::bincount(classes, {}, num_classes).narrow(0, 0, num_classes);
  };
  return torch::stack({counts(truth), counts(seen), counts(truth.masked_select(truth == seen))})
      .to(torch::kCPU);
}

std::vector<double> dice_of_overlap(const Tensor& overlap) {
  const auto counts = overlap.accessor<int64_t, 2>();
  std::vector<double> dice;
  for (int64_t c = 1; c < counts.size(1); ++c) {
    const auto voxels = static_cast<double>(counts[0][c] + counts[1][c]);
    dice.push_back(voxels > 0 ? 2 * static_cast<double>(counts[2][c]) / voxels
                              : std::numeric_limits<double>::quiet_NaN());
  }
  return dice;
}

}  // namespace nmsw
