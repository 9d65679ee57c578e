#include "nmsw/losses/softmax_terms.h"

#include <algorithm>

#include <ATen/Parallel.h>

#include "nmsw/kernels/logits/softmax_loss.h"

namespace nmsw {

namespace {

/// Sums are formed over runs of this many voxels and added in order, whatever the threads.
constexpr int64_t kRun = 16384;
/// What the kernel's index type tells apart.
constexpr int64_t kMostIndices = 256;

bool by_kernel(const Tensor& logits) {
  return logits.is_cpu() && logits.scalar_type() == torch::kFloat && logits.size(1) <= kMostIndices;
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

Tensor sums_by_kernel(const Tensor& logits, const Tensor& label) {
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

/// Calls work(logits [1,C,n], one-hot label [1,C,n], item, first voxel) piece by piece.
template <class Work>
void for_pieces(const Tensor& logits, const Tensor& label, int64_t numbers, Work work) {
  const int64_t items = logits.size(0), classes = logits.size(1);
  const Tensor flat = logits.flatten(2), truth = label.flatten(2);
  const Tensor indices = torch::arange(classes, truth.options()).view({1, -1, 1});
  const int64_t voxels = flat.size(2), step = std::max<int64_t>(1, numbers / classes);
  for (int64_t n = 0; n < items; ++n) {
    for (int64_t begin = 0; begin < voxels; begin += step) {
      const int64_t count = std::min(step, voxels - begin);
      const auto piece = [&](const Tensor& all) {
        return all.narrow(0, n, 1).narrow(2, begin, count);
      };
      const Tensor part = piece(flat);
      const auto type = part.scalar_type() == torch::kDouble ? torch::kDouble : torch::kFloat;
      work(part.to(type), piece(truth) == indices, n, begin);
    }
  }
}

Tensor sums_by_tensors(const Tensor& logits, const Tensor& label, int64_t piece) {
  const int64_t classes = logits.size(1);
  Tensor sums =
      torch::zeros({logits.size(0), 3 * classes + 1}, logits.options().dtype(torch::kDouble));
  const auto add = [&](int64_t n, int64_t first, const Tensor& values) {
    sums[n].narrow(0, first, values.numel()).add_(values);
  };
  for_pieces(logits, label, piece, [&](const Tensor& x, const Tensor& q, int64_t n, int64_t) {
    const Tensor log_p = torch::log_softmax(x, 1);
    const Tensor p = log_p.exp();
    const auto over_voxels = [](const Tensor& values) {
      return values.sum({2}, false, torch::kDouble).flatten();
    };
    add(n, 0, over_voxels(p * q));
    add(n, classes, over_voxels(p));
    add(n, 2 * classes, over_voxels(q));
    add(n, 3 * classes, over_voxels((log_p * q).neg_()).sum().view({1}));
  });
  return sums;
}

}  // namespace

Tensor softmax_sums(const Tensor& logits, const Tensor& label, int64_t piece) {
  return by_kernel(logits) ? sums_by_kernel(logits, label) : sums_by_tensors(logits, label, piece);
}

SoftmaxLoss dice_ce_from_sums(const Tensor& sums, int64_t voxels, const DiceCeWeights& weights) {
  const int64_t classes = (sums.size(1) - 1) / 3;
  const Tensor shared = sums.narrow(1, 1, classes - 1);
  const Tensor predicted = sums.narrow(1, classes + 1, classes - 1);
  const Tensor truth = sums.narrow(1, 2 * classes, classes);
  const auto labelled = static_cast<int64_t>(truth.sum().item<double>());
  if (labelled != voxels) {
    throw DataError(
        "label: {} voxels hold an index beyond the {} classes; is the class list another data "
        "set's?",
        voxels - labelled, classes);
  }
  const Tensor sizes = predicted + truth.narrow(1, 1, classes - 1) + kDiceSmooth;
  const Tensor share = (2 * shared + kDiceSmooth) / sizes;
  // d/dp of (1 − (2Σpq + s)/(Σp + Σq + s)), mean over items and classes; none for the background.
  const double mean = weights.dice / static_cast<double>(shared.numel());
  const auto padded = [](const Tensor& slopes) {
    return torch::constant_pad_nd(slopes, {1, 0}).to(torch::kFloat).contiguous();
  };
  SoftmaxLoss loss;
  loss.offset = padded(mean * share / sizes);
  loss.slope = padded(-2 * mean / sizes);
  loss.entropy = weights.ce / static_cast<double>(voxels);
  const Tensor entropy = sums.select(1, 3 * classes).sum() / static_cast<double>(voxels);
  loss.value = (weights.dice * (1 - share).mean() + weights.ce * entropy).to(torch::kFloat);
  return loss;
}

Tensor dice_ce_gradient(const Tensor& logits, const Tensor& label, const SoftmaxLoss& loss,
                        double scale, int64_t piece) {
  Tensor gradient = torch::empty_like(logits);
  const int64_t classes = logits.size(1);
  const Tensor offset = (loss.offset * scale).contiguous();
  const Tensor slope = (loss.slope * scale).contiguous();
  if (by_kernel(logits)) {
    const auto *offsets = offset.data_ptr<float>(), *slopes = slope.data_ptr<float>();
    const auto entropy = static_cast<float>(loss.entropy * scale);
    auto* to = gradient.data_ptr<float>();
    for_runs(label, [&](int64_t n, int64_t /*run*/, int64_t begin, int64_t end) {
      const LogitsAndLabel item = item_of(logits, label, n);
      softmax_loss_gradient(item, begin, end,
                            {offsets + n * classes, slopes + n * classes, entropy},
                            to + n * classes * item.voxels);
    });
    return gradient;
  }
  Tensor flat = gradient.flatten(2);
  for_pieces(logits, label, piece, [&](const Tensor& x, const Tensor& q, int64_t n, int64_t begin) {
    const Tensor p = torch::softmax(x, 1);
    const auto of_item = [n](const Tensor& values) { return values[n].view({1, -1, 1}); };
    // By p, then through the softmax; the cross-entropy's derivative is p − q there.
    const Tensor by_p = of_item(offset) + of_item(slope) * q;
    const Tensor by_logits =
        p * (by_p - (p * by_p).sum(1, true)) + (loss.entropy * scale) * (p - q.to(p.scalar_type()));
    flat.narrow(0, n, 1).narrow(2, begin, x.size(2)).copy_(by_logits);
  });
  return gradient;
}

}  // namespace nmsw
