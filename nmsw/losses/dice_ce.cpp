#include "nmsw/losses/dice_ce.h"

#include "nmsw/losses/softmax_terms.h"

namespace nmsw {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

void check_pair(const Tensor& logits, const Tensor& label) {
  check_shape(logits, {kAnySize, kAnySize, kAnySize, kAnySize, kAnySize}, "logits");
  check_shape(label, {logits.size(0), 1, logits.size(2), logits.size(3), logits.size(4)}, "label");
}

/// dice_ce_loss in two passes over the logits, which keep no tensor of their size but the gradient.
class DiceCe : public torch::autograd::Function<DiceCe> {
 public:
  static Tensor forward(AutogradContext* ctx, const Tensor& logits, const Tensor& label,
                        double dice, double ce) {
    const SoftmaxLoss loss =
        dice_ce_from_sums(softmax_sums(logits, label), label.numel(), {dice, ce});
    ctx->save_for_backward({logits, label, loss.offset, loss.slope});
    ctx->saved_data["entropy"] = loss.entropy;
    return loss.value;
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& gradients) {
    const variable_list saved = ctx->get_saved_variables();
    const SoftmaxLoss loss{Tensor(), saved[2], saved[3], ctx->saved_data["entropy"].toDouble()};
    return {dice_ce_gradient(saved[0], saved[1], loss, gradients[0].item<double>()), Tensor(),
            Tensor(), Tensor()};
  }
};

}  // namespace

Tensor dice_loss(const Tensor& logits, const Tensor& label) {
  check_pair(logits, label);
  const int64_t classes = logits.size(1);
  if (classes < 2) throw ShapeError("Dice loss: {} class; expected background and others", classes);
  const std::vector<int64_t> space{2, 3, 4};
  const Tensor p = torch::softmax(logits, 1).narrow(1, 1, classes - 1);
  const Tensor one_hot = label == torch::arange(1, classes, label.options()).view({1, -1, 1, 1, 1});
  const Tensor shared = (p * one_hot).sum(space);
  const Tensor sizes = p.sum(space) + one_hot.sum(space);
  return (1 - (2 * shared + kDiceSmooth) / (sizes + kDiceSmooth)).mean();
}

Tensor cross_entropy(const Tensor& logits, const Tensor& label) {
  check_pair(logits, label);
  return torch::nn::functional::cross_entropy(logits, label.squeeze(1).to(torch::kLong));
}

Tensor dice_ce_loss(const Tensor& logits, const Tensor& label, const DiceCeWeights& weights) {
  check_pair(logits, label);
  if (logits.size(1) < 2) {
    throw ShapeError("Dice loss: {} class; expected background and others", logits.size(1));
  }
  return DiceCe::apply(logits.contiguous(), label.to(torch::kByte).contiguous(), weights.dice,
                       weights.ce);
}

}  // namespace nmsw
