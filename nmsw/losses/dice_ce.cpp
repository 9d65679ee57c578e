#include "nmsw/losses/dice_ce.h"

#include <algorithm>

#include <ATen/Parallel.h>

#include "nmsw/kernels/softmax_loss.h"

namespace nmsw {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr double kSmooth = 1e-5;
/// Sums are formed over runs of this many voxels and added in order, whatever the threads.
constexpr int64_t kRun = 16384;

void check_pair(const Tensor& logits, const Tensor& label) {
  check_shape(logits, {kAnySize, kAnySize, kAnySize, kAnySize, kAnySize}, "logits");
  check_shape(label, {logits.size(0), 1, logits.size(2), logits.size(3), logits.size(4)}, "label");
}

LogitsAndLabel item_of(const Tensor& logits, const Tensor& label, int64_t n) {
  const int64_t classes = logits.size(1), voxels = label[n].numel();
  return {logits.data_ptr<float>() + n * classes * voxels, label.data_ptr<uint8_t>() + n * voxels,
          classes, voxels};
}

/// Calls work(item, run, begin, end) for every run of voxels of every item, shared among the
/// threads.
template <class Work>
void for_runs(const Tensor& label, Work work) {
  const int64_t items = label.size(0), voxels = label[0].numel(), runs = (voxels + kRun - 1) / kRun;
  at::parallel_for(0, items * runs, 1, [&](int64_t first, int64_t last) {
    for (int64_t i = first; i < last; ++i) {
      const int64_t begin = i % runs * kRun;
      work(i / runs, i % runs, begin, std::min(voxels, begin + kRun));
    }
  });
}

/// The sums of SoftmaxSums for every item, one behind the other: double [N, 3C+1].
Tensor softmax_sums(const Tensor& logits, const Tensor& label) {
  const int64_t items = logits.size(0), classes = logits.size(1);
  const int64_t runs = (label[0].numel() + kRun - 1) / kRun;
  const Tensor parts = torch::zeros({items, runs, 3 * classes + 1}, torch::kDouble);
  auto* all = parts.data_ptr<double>();
  for_runs(label, [&](int64_t n, int64_t run, int64_t begin, int64_t end) {
    double* to = all + (n * runs + run) * (3 * classes + 1);
    add_softmax_sums(item_of(logits, label, n), begin, end,
                     {to, to + classes, to + 2 * classes, to + 3 * classes});
  });
  Tensor sums = parts.select(1, 0).clone();
  for (int64_t run = 1; run < runs; ++run) sums += parts.select(1, run);
  return sums;
}

/// dice_ce_loss in two passes over the logits, which keep no tensor of their size but the gradient.
class DiceCe : public torch::autograd::Function<DiceCe> {
 public:
  static Tensor forward(AutogradContext* ctx, const Tensor& logits, const Tensor& label,
                        double dice, double ce) {
    const int64_t classes = logits.size(1);
    const Tensor sums = softmax_sums(logits, label);
    const Tensor shared = sums.narrow(1, 1, classes - 1);
    const Tensor predicted = sums.narrow(1, classes + 1, classes - 1);
    const Tensor truth = sums.narrow(1, 2 * classes, classes);
    const auto labelled = static_cast<int64_t>(truth.sum().item<double>());
    if (labelled != label.numel()) {
      throw DataError(
          "label: {} voxels hold an index beyond the {} classes; is the class list another data "
          "set's?",
          label.numel() - labelled, classes);
    }
    const Tensor sizes = predicted + truth.narrow(1, 1, classes - 1) + kSmooth;
    const Tensor share = (2 * shared + kSmooth) / sizes;
    ctx->save_for_backward({logits, label, share / sizes, sizes.reciprocal()});
    ctx->saved_data["dice"] = dice;
    ctx->saved_data["ce"] = ce;
    const Tensor entropy = sums.select(1, 3 * classes).sum() / static_cast<double>(label.numel());
    return (dice * (1 - share).mean() + ce * entropy).to(torch::kFloat);
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& gradients) {
    const variable_list saved = ctx->get_saved_variables();
    const Tensor &logits = saved[0], &label = saved[1];
    const auto scale = gradients[0].item<double>();
    // d/dp of (1 − (2Σpq + s)/(Σp + Σq + s)), mean over items and classes; none for the background.
    const double dice =
        scale * ctx->saved_data["dice"].toDouble() / static_cast<double>(saved[2].numel());
    const auto padded = [](const Tensor& slopes) {
      return torch::constant_pad_nd(slopes, {1, 0}).to(torch::kFloat).contiguous();
    };
    const Tensor offset = padded(dice * saved[2]), slope = padded(-2 * dice * saved[3]);
    const auto ce = static_cast<float>(scale * ctx->saved_data["ce"].toDouble() /
                                       static_cast<double>(label.numel()));
    Tensor gradient = torch::empty_like(logits);
    const int64_t classes = logits.size(1);
    const auto *offsets = offset.data_ptr<float>(), *by_truth = slope.data_ptr<float>();
    auto* to = gradient.data_ptr<float>();
    for_runs(label, [&](int64_t n, int64_t /*run*/, int64_t begin, int64_t end) {
      const LogitsAndLabel item = item_of(logits, label, n);
      softmax_loss_gradient(item, begin, end, {offsets + n * classes, by_truth + n * classes, ce},
                            to + n * classes * item.voxels);
    });
    return {gradient, Tensor(), Tensor(), Tensor()};
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
  return (1 - (2 * shared + kSmooth) / (sizes + kSmooth)).mean();
}

Tensor cross_entropy(const Tensor& logits, const Tensor& label) {
  check_pair(logits, label);
  return torch::nn::functional::cross_entropy(logits, label.squeeze(1).to(torch::kLong));
}

Tensor dice_ce_loss(const Tensor& logits, const Tensor& label, const DiceCeWeights& weights) {
  check_pair(logits, label);
  constexpr int64_t kMostIndices = 256;
  const bool by_kernel = logits.is_cpu() && logits.scalar_type() == torch::kFloat &&
                         logits.size(1) >= 2 && logits.size(1) <= kMostIndices;
  if (by_kernel) {
    return DiceCe::apply(logits.contiguous(), label.to(torch::kByte).contiguous(), weights.dice,
                         weights.ce);
  }
  return weights.dice * dice_loss(logits, label) + weights.ce * cross_entropy(logits, label);
}

}  // namespace nmsw
