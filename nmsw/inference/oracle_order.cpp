#include "nmsw/inference/oracle_order.h"

#include <numeric>

#include "nmsw/base/error.h"
#include "nmsw/tensor/patch_ops.h"
#include "nmsw/tensor/resize.h"

namespace nmsw {
namespace {

constexpr int64_t kMostBytes = int64_t{16} << 30;

/// Voxels by class.
struct Counts {
  std::vector<int64_t> predicted, right;
};

Counts operator+(Counts sum, const Counts& change) {
  for (size_t c = 0; c < sum.predicted.size(); ++c) {
    sum.predicted[c] += change.predicted[c];
    sum.right[c] += change.right[c];
  }
  return sum;
}

std::vector<int64_t> class_sizes(const Tensor& classes, int64_t num_classes) {
  const Tensor counts =
      torch::bincount(classes.flatten().to(torch::kLong), {}, num_classes).contiguous();
  return {counts.data_ptr<int64_t>(), counts.data_ptr<int64_t>() + num_classes};
}

Counts counts_of(const Tensor& predicted, const Tensor& label, int64_t num_classes) {
  return {class_sizes(predicted, num_classes),
          class_sizes(label.masked_select(predicted == label), num_classes)};
}

bool overlap(Int3 a, Int3 b, Int3 patch) {
  for (size_t axis = 0; axis < 3; ++axis) {
    if (std::abs(a[axis] - b[axis]) >= patch[axis]) return false;
  }
  return true;
}

/// A prediction that grows by patches.
class Growth {
 public:
  Growth(const RankedPatches& ranked, const Tensor& label, std::vector<Tensor> logits)
      : grid_(ranked.grid),
        num_classes_(ranked.num_classes),
        blend_(ranked.coarse.blend),
        importance_(ranked.importance.to(torch::kCPU, torch::kFloat)),
        label_(label),
        logits_(std::move(logits)) {
    coarse_ =
        resize_trilinear(ranked.coarse.logits.to(torch::kCPU, torch::kFloat), grid_.padded_dhw)
            .squeeze(0);
    if (ranked.coarse.class_weight.defined())
      class_weight_ = ranked.coarse.class_weight.to(torch::kCPU, torch::kFloat).squeeze(0);
    sum_ = torch::zeros_like(coarse_);
    weight_ = torch::zeros(label_.sizes(), torch::kFloat);
    predicted_ = coarse_.argmax(0).to(torch::kByte);
    counts_ = counts_of(predicted_, label_, num_classes_);
    truth_ = class_sizes(label_, num_classes_);
    changes_.resize(logits_.size());
    for (size_t patch = 0; patch < changes_.size(); ++patch) changes_[patch] = change_by(patch);
  }

  double dsc() const { return mean_dsc(counts_); }
  double dsc_with(size_t patch) const { return mean_dsc(counts_ + changes_[patch]); }

  void take(size_t patch, const std::vector<bool>& taken) {
    const Int3 start = grid_.starts_dhw[patch], size = grid_.patch_dhw;
    crop(predicted_, start, size).copy_(predicted_with(patch));
    crop(sum_, start, size).add_(logits_[patch] * importance_);
    crop(weight_, start, size).add_(importance_);
    counts_ = counts_ + changes_[patch];
    for (size_t other = 0; other < changes_.size(); ++other) {
      if (!taken[other] && overlap(grid_.starts_dhw[other], start, size))
        changes_[other] = change_by(other);
    }
  }

 private:
  Tensor predicted_with(size_t patch) const {
    const Int3 start = grid_.starts_dhw[patch], size = grid_.patch_dhw;
    Tensor merged = crop(sum_, start, size) + logits_[patch] * importance_;
    if (blend_ == OverlapBlend::normalised) merged /= crop(weight_, start, size) + importance_;
    if (class_weight_.defined())
      merged = class_weight_ * merged + (1 - class_weight_) * crop(coarse_, start, size);
    return merged.argmax(0).to(torch::kByte);
  }

  Counts change_by(size_t patch) const {
    const Int3 start = grid_.starts_dhw[patch], size = grid_.patch_dhw;
    const Tensor label = crop(label_, start, size);
    Counts change = counts_of(predicted_with(patch), label, num_classes_);
    const Counts before = counts_of(crop(predicted_, start, size), label, num_classes_);
    for (size_t c = 0; c < change.right.size(); ++c) {
      change.predicted[c] -= before.predicted[c];
      change.right[c] -= before.right[c];
    }
    return change;
  }

  double mean_dsc(const Counts& counts) const {
    double sum = 0;
    int64_t present = 0;
    for (size_t c = 1; c < truth_.size(); ++c) {
      if (truth_[c] == 0) continue;
      ++present;
      sum += 2 * static_cast<double>(counts.right[c]) /
             static_cast<double>(counts.predicted[c] + truth_[c]);
    }
    return present == 0 ? 0 : sum / static_cast<double>(present);
  }

  const PatchGrid& grid_;
  int64_t num_classes_;
  OverlapBlend blend_;
  Tensor importance_, label_, coarse_, class_weight_, sum_, weight_, predicted_;
  std::vector<Tensor> logits_;   ///< of each patch, [C,d,h,w]
  std::vector<Counts> changes_;  ///< by each patch, from the prediction as it is
  std::vector<int64_t> truth_;
  Counts counts_;
};

void require_memory(const RankedPatches& ranked) {
  const auto voxels = [](Int3 extent) { return extent[0] * extent[1] * extent[2]; };
  const int64_t logits =
      ranked.grid.count() * voxels(ranked.grid.patch_dhw) + 2 * voxels(ranked.grid.padded_dhw);
  const int64_t bytes = logits * ranked.num_classes * static_cast<int64_t>(sizeof(float));
  if (bytes <= kMostBytes) return;
  throw ConfigError(
      "order oracle: {} patches of {} classes would take {} GiB, at most {} are used; evaluate it "
      "with smaller patches or volumes, or leave the order out",
      ranked.grid.count(), ranked.num_classes, bytes >> 30, kMostBytes >> 30);
}

}  // namespace

OracleOrder oracle_order(RankedPatches ranked, Backbone& local, const Tensor& label,
                         int64_t greedy_ranks, Precision precision) {
  const Int3 extent = ranked.grid.padded_dhw;
  check_shape(label, {extent[0], extent[1], extent[2]}, "label");
  require_memory(ranked);
  const auto count = static_cast<size_t>(ranked.grid.count());
  ranked.order.resize(count);
  std::iota(ranked.order.begin(), ranked.order.end(), 0);
  ranked.scales.assign(count, 1.0);
  std::vector<Tensor> logits;
  for (const int64_t rank : ranked.order)
    logits.push_back(patch_logits(ranked, local, {rank}, precision)
                         .front()
                         .to(torch::kCPU, torch::kFloat)
                         .squeeze(0));
  Growth growth(ranked, label, std::move(logits));
  OracleOrder found;
  std::vector<bool> taken(count, false);
  const auto take = [&](size_t patch, double gain) {
    taken[patch] = true;
    found.order.push_back(static_cast<int64_t>(patch));
    found.gains.push_back(gain);
  };
  const auto greedy = static_cast<size_t>(
      std::min<int64_t>(std::max<int64_t>(0, greedy_ranks), ranked.grid.count()));
  while (found.order.size() < greedy) {
    size_t best = count;
    double best_dsc = 0;
    for (size_t patch = 0; patch < count; ++patch) {
      if (taken[patch]) continue;
      const double dsc = growth.dsc_with(patch);
      if (best != count && dsc <= best_dsc) continue;
      best = patch;
      best_dsc = dsc;
    }
    take(best, best_dsc - growth.dsc());
    growth.take(best, taken);
  }
  for (size_t patch = 0; patch < count; ++patch) {
    if (!taken[patch]) take(patch, 0);
  }
  return found;
}

}  // namespace nmsw
