#include "nmsw/model/aggregated_loss.h"

#include <algorithm>

#include "nmsw/aggregation/aggregate.h"
#include "nmsw/losses/softmax_terms.h"
#include "nmsw/tensor/patch_ops.h"
#include "nmsw/tensor/resize.h"

namespace nmsw {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Keeps the sum of the importance above 0 where no patch lies (METHOD 2.9).
constexpr double kNoWeight = 1e-20;

/// Planes first … first + count - 1 of the volume that a patch has, and where they lie in both.
struct PatchPlanes {
  int64_t in_patch = 0, in_slab = 0, count = 0;
};

/// The volume's merged logits, some planes at a time.
class Slabs {
 public:
  Slabs(const Tensor& patch_logits, const PatchMerge& merge, int64_t slab_numbers)
      : patches_(patch_logits), merge_(merge) {
    const Int3 extent = merge.extent_dhw;
    patch_ = extent_dhw(merge.importance);
    planes_ = std::max<int64_t>(1, slab_numbers / (patches_.size(1) * extent[1] * extent[2]));
    Tensor weight = torch::zeros({extent[0], extent[1], extent[2]}, merge.importance.options());
    for (const Int3& start : merge.starts_dhw) crop(weight, start, patch_).add_(merge.importance);
    covered_ = weight > 0;
    if (merge.blend == OverlapBlend::normalised) weight_ = weight + kNoWeight;
    if (!merge.class_weight.defined()) return;
    const Tensor low = covered_coarse(covered_, extent_dhw(merge.coarse_logits));
    yielding_ = merge.coarse_logits * low.to(merge.coarse_logits.options());
    yielded_ = yield_to_patches(merge.coarse_logits, covered_, merge.class_weight);
  }

  /// Calls work(first plane, planes) for slab after slab.
  template <class Work>
  void each(Work work) const {
    for (int64_t first = 0; first < merge_.extent_dhw[0]; first += planes_) {
      work(first, std::min(planes_, merge_.extent_dhw[0] - first));
    }
  }

  /// Patches on their places, divided where overlaps are averaged: [1,C,count,H,W].
  Tensor blended(int64_t first, int64_t count) const {
    const Int3 extent = merge_.extent_dhw;
    Tensor sum =
        torch::zeros({1, patches_.size(1), count, extent[1], extent[2]}, patches_.options());
    for (size_t k = 0; k < merge_.starts_dhw.size(); ++k) {
      const PatchPlanes planes = planes_of(k, first, count);
      if (planes.count < 1) continue;
      const Tensor part =
          patches_[static_cast<int64_t>(k)].narrow(1, planes.in_patch, planes.count);
      place_in(sum, k, planes).add_(part * importance_of(planes));
    }
    return weight_.defined() ? sum.div_(weight_.narrow(0, first, count)) : sum;
  }

  /// As `aggregate_class_weight` or `aggregate_paste` has them.
  Tensor logits(const Tensor& blended, int64_t first, int64_t count) const {
    if (merge_.class_weight.defined()) {
      return (merge_.class_weight * blended).add_(upsampled(yielded_, first, count));
    }
    return upsampled(merge_.coarse_logits, first, count)
        .mul_(covered_.narrow(0, first, count).logical_not())
        .add_(blended);
  }

  /// Adds what a slab's gradient [1,C,count,H,W] gives to the patches' [K,C,d,h,w].
  void add_to_patches(const Tensor& by_logits, int64_t first, int64_t count,
                      Tensor& by_patches) const {
    Tensor by_sum = by_logits;
    if (merge_.class_weight.defined()) by_sum = by_sum * merge_.class_weight;
    if (weight_.defined()) by_sum = by_sum / weight_.narrow(0, first, count);
    for (size_t k = 0; k < merge_.starts_dhw.size(); ++k) {
      const PatchPlanes planes = planes_of(k, first, count);
      if (planes.count < 1) continue;
      by_patches[static_cast<int64_t>(k)]
          .narrow(1, planes.in_patch, planes.count)
          .copy_(place_in(by_sum, k, planes) * importance_of(planes));
    }
  }

  /// The derivative by each class weight, double [C]: patches instead of what the coarse logits say
  /// where they yield.
  Tensor by_class_weight(const Tensor& by_logits, const Tensor& blended, int64_t first,
                         int64_t count) const {
    const Tensor exchanged = blended - upsampled(yielding_, first, count);
    return (by_logits * exchanged).sum({0, 2, 3, 4}, false, torch::kDouble);
  }

 private:
  PatchPlanes planes_of(size_t k, int64_t first, int64_t count) const {
    const int64_t start = merge_.starts_dhw[k][0];
    const int64_t from = std::max(first, start);
    const int64_t to = std::min(first + count, start + patch_[0]);
    return {from - start, from - first, to - from};
  }
  Tensor importance_of(const PatchPlanes& planes) const {
    return merge_.importance.narrow(0, planes.in_patch, planes.count);
  }
  /// The box of the k-th patch's planes in a slab: [C,planes,h,w].
  Tensor place_in(const Tensor& slab, size_t k, const PatchPlanes& planes) const {
    const Int3& start = merge_.starts_dhw[k];
    return crop(slab, {planes.in_slab, start[1], start[2]},
                {planes.count, patch_[1], patch_[2]})[0];
  }
  Tensor upsampled(const Tensor& coarse, int64_t first, int64_t count) const {
    const Int3 extent = merge_.extent_dhw;
    return upsample_box(coarse, extent, {first, 0, 0}, {count, extent[1], extent[2]});
  }

  Tensor patches_;
  const PatchMerge& merge_;
  Int3 patch_{0, 0, 0};
  int64_t planes_ = 1;
  Tensor weight_, covered_, yielding_, yielded_;
};

/// A merge through an autograd function's context, which keeps tensors and numbers apart.
struct SavedMerge {
  static void save(AutogradContext* ctx, const PatchMerge& merge) {
    std::vector<int64_t> numbers(merge.extent_dhw.begin(), merge.extent_dhw.end());
    for (const Int3& start : merge.starts_dhw) {
      numbers.insert(numbers.end(), start.begin(), start.end());
    }
    ctx->saved_data["numbers"] = numbers;
    ctx->saved_data["normalised"] = merge.blend == OverlapBlend::normalised;
    ctx->saved_data["weighted"] = merge.class_weight.defined();
  }
  static PatchMerge load(AutogradContext* ctx) {
    const std::vector<int64_t> numbers = ctx->saved_data["numbers"].toIntVector();
    PatchMerge merge;
    std::copy_n(numbers.begin(), 3, merge.extent_dhw.begin());
    for (size_t i = 3; i < numbers.size(); i += 3) {
      merge.starts_dhw.push_back({numbers[i], numbers[i + 1], numbers[i + 2]});
    }
    const bool normalised = ctx->saved_data["normalised"].toBool();
    merge.blend = normalised ? OverlapBlend::normalised : OverlapBlend::sum;
    return merge;
  }
};

class AggregatedLoss : public torch::autograd::Function<AggregatedLoss> {
 public:
  static Tensor forward(AutogradContext* ctx, const Tensor& patches, const Tensor& class_weight,
                        const PatchMerge& merge, const Tensor& label, DiceCeWeights weights,
                        int64_t slab_numbers) {
    const Slabs slabs(patches, merge, slab_numbers);
    Tensor sums;
    slabs.each([&](int64_t first, int64_t count) {
      const Tensor logits = slabs.logits(slabs.blended(first, count), first, count);
      const Tensor part = softmax_sums(logits, label.narrow(2, first, count).contiguous());
      sums = sums.defined() ? sums + part : part;
    });
    const SoftmaxLoss loss = dice_ce_from_sums(sums, label.numel(), weights);
    SavedMerge::save(ctx, merge);
    ctx->saved_data["entropy"] = loss.entropy;
    ctx->saved_data["slab_numbers"] = slab_numbers;
    ctx->save_for_backward({patches, class_weight, merge.importance, merge.coarse_logits, label,
                            loss.offset, loss.slope});
    return loss.value;
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& gradients) {
    const variable_list saved = ctx->get_saved_variables();
    const Tensor &patches = saved[0], &label = saved[4];
    PatchMerge merge = SavedMerge::load(ctx);
    if (ctx->saved_data["weighted"].toBool()) merge.class_weight = saved[1];
    merge.importance = saved[2];
    merge.coarse_logits = saved[3];
    const SoftmaxLoss loss{Tensor(), saved[5], saved[6], ctx->saved_data["entropy"].toDouble()};
    const auto scale = gradients[0].item<double>();
    const Slabs slabs(patches, merge, ctx->saved_data["slab_numbers"].toInt());
    Tensor by_patches = torch::zeros_like(patches), by_weight;
    slabs.each([&](int64_t first, int64_t count) {
      const Tensor blended = slabs.blended(first, count);
      const Tensor by_logits =
          dice_ce_gradient(slabs.logits(blended, first, count),
                           label.narrow(2, first, count).contiguous(), loss, scale);
      slabs.add_to_patches(by_logits, first, count, by_patches);
      if (!merge.class_weight.defined()) return;
      const Tensor part = slabs.by_class_weight(by_logits, blended, first, count);
      by_weight = by_weight.defined() ? by_weight + part : part;
    });
    if (by_weight.defined()) {
      by_weight = by_weight.to(merge.class_weight.scalar_type()).view_as(merge.class_weight);
    }
    return {by_patches, by_weight, Tensor(), Tensor(), Tensor(), Tensor()};
  }
};

}  // namespace

Tensor merged_logits(const Tensor& patch_logits, const PatchMerge& merge) {
  const torch::NoGradGuard no_grad;
  const Slabs slabs(patch_logits, merge, patch_logits.size(1) * product(merge.extent_dhw));
  const int64_t planes = merge.extent_dhw[0];
  return slabs.logits(slabs.blended(0, planes), 0, planes);
}

Tensor merged_labels(const Tensor& patch_logits, const PatchMerge& merge, int64_t slab_numbers) {
  const torch::NoGradGuard no_grad;
  const Slabs slabs(patch_logits, merge, slab_numbers);
  const Int3 extent = merge.extent_dhw;
  Tensor labels = torch::empty({1, 1, extent[0], extent[1], extent[2]},
                               patch_logits.options().dtype(torch::kByte));
  slabs.each([&](int64_t first, int64_t count) {
    const Tensor logits = slabs.logits(slabs.blended(first, count), first, count);
    labels.narrow(2, first, count).copy_(logits.argmax(1, true));
  });
  return labels;
}

Tensor aggregated_loss(const Tensor& patch_logits, const PatchMerge& merge, const Tensor& label,
                       const DiceCeWeights& weights, int64_t slab_numbers) {
  const Int3 extent = merge.extent_dhw;
  check_shape(
      patch_logits,
      {static_cast<int64_t>(merge.starts_dhw.size()), kAnySize, kAnySize, kAnySize, kAnySize},
      "patch logits");
  check_shape(label, {1, 1, extent[0], extent[1], extent[2]}, "label");
  // An autograd function takes no undefined tensor.
  const Tensor weight = merge.class_weight.defined() ? merge.class_weight : torch::empty({0});
  return AggregatedLoss::apply(patch_logits, weight, merge, label.to(torch::kByte).contiguous(),
                               weights, slab_numbers);
}

}  // namespace nmsw
