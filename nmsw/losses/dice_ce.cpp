#include "nmsw/losses/dice_ce.h"

namespace nmsw {

namespace {

constexpr double kSmooth = 1e-5;

void check_pair(const Tensor& logits, const Tensor& label) {
  check_shape(logits, {kAnySize, kAnySize, kAnySize, kAnySize, kAnySize}, "logits");
  check_shape(label, {logits.size(0), 1, logits.size(2), logits.size(3), logits.size(4)}, "label");
}

}  // namespace

Tensor dice_loss(const Tensor& logits, const Tensor& label) {
  check_pair(logits, label);
  const int64_t classes = logits.size(1);
  if (classes < 2) throw ShapeError("Dice loss: {} class; expected background and others", classes);
  const std::vector<int64_t> space{2, 3, 4};
  const Tensor p = torch::softmax(logits, 1).narrow(1, 1, classes - 1);
  const Tensor one_hot =
      label == torch::arange(1, classes, label.options()).view({1, -1, 1, 1, 1});
  const Tensor shared = (p * one_hot).sum(space);
  const Tensor sizes = p.sum(space) + one_hot.sum(space);
  return (1 - (2 * shared + kSmooth) / (sizes + kSmooth)).mean();
}

Tensor cross_entropy(const Tensor& logits, const Tensor& label) {
  check_pair(logits, label);
  return torch::nn::functional::cross_entropy(logits, label.squeeze(1).to(torch::kLong));
}

Tensor dice_ce_loss(const Tensor& logits, const Tensor& label, const DiceCeWeights& weights) {
  return weights.dice * dice_loss(logits, label) + weights.ce * cross_entropy(logits, label);
}

}  // namespace nmsw
